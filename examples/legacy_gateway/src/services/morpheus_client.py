"""Morpheus compute marketplace."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "morpheus"


def make_morpheus_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Morpheus."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-Morpheus-Session": "auto"}))


def process_morpheus_response(resp: dict) -> dict:
    """Normalize an answer of Morpheus for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Morpheus answered without choices")
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


def make_morpheus_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Morpheus."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("Morpheus stream for %s", model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-Morpheus-Session": "auto"}))
