"""Together AI. Knows no `user` field and answers 422 when it sees one."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "together"


def make_together_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Together."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_together_response(resp: dict) -> dict:
    """Normalize an answer of Together for the routes."""
    if not resp.get("choices"):
        raise ValueError("Together answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_together_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Together."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    logger.debug("Together stream for %s", model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    params.pop("user", None)
    return params
