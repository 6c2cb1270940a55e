"""Cerebras inference. They renamed max_tokens before everybody else did."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "cerebras"


def make_cerebras_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Cerebras."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_cerebras_response(resp: dict) -> dict:
    """Normalize an answer of Cerebras for the routes."""
    if not resp.get("choices"):
        raise ValueError("Cerebras answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_cerebras_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Cerebras."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    logger.debug("Cerebras stream for %s", model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    if "max_tokens" in params:
        params["max_completion_tokens"] = params.pop("max_tokens")
    return params
