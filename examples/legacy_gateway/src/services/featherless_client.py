"""Featherless serves open models one to one; it refuses a request that has no max_tokens."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "featherless"
DEFAULT_MAX_TOKENS = 2048


def make_featherless_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Featherless."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_featherless_response(resp: dict) -> dict:
    """Normalize an answer of Featherless for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Featherless answered without choices")
    return {
        "id": resp.get("id"),
        "object": resp.get("object") or "chat.completion",
        "created": resp.get("created"),
        "model": resp.get("model"),
        "choices": [
            {
                "index": choice.get("index", position),
                "message": choice.get("message") or {},
                "finish_reason": choice.get("finish_reason") or "stop",
            }
            for position, choice in enumerate(choices)
        ],
        "usage": resp.get("usage") or {},
    }


def make_featherless_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Featherless."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    logger.debug("Featherless stream for %s", model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    params.setdefault("max_tokens", DEFAULT_MAX_TOKENS)
    return params
