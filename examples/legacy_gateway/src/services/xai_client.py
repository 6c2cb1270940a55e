"""xAI (Grok). The reasoning models reject penalties and stop sequences."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "xai"
REASONING_PREFIXES = ("grok-4", "grok-3-mini")


def make_xai_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on xAI."""
    upstream_model = _xai_model(model)
    params = _clean_params(upstream_model, kwargs)
    payload = build_payload(messages, upstream_model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_xai_response(resp: dict) -> dict:
    """Normalize an answer of xAI for the routes."""
    if not resp.get("choices"):
        raise ValueError("xAI answered without choices")
    choices = []
    for choice in resp["choices"]:
        message = dict(choice.get("message") or {})
        # Customers should not see the thoughts
        message.pop("reasoning_content", None)
        choices.append({**choice, "message": message})
    return {**resp, "choices": choices, "usage": resp.get("usage") or {}}


def make_xai_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on xAI."""
    upstream_model = _xai_model(model)
    params = _clean_params(upstream_model, kwargs)
    payload = build_payload(messages, upstream_model, params)
    logger.debug("xAI stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _xai_model(model: str) -> str:
    return model.removeprefix("xai/")


def _clean_params(model: str, kwargs: dict) -> dict:
    params = dict(kwargs)
    if model.startswith(REASONING_PREFIXES):
        for name in ("presence_penalty", "frequency_penalty", "stop"):
            params.pop(name, None)
    return params
