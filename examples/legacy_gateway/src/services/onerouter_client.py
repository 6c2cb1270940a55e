"""OneRouter. Its streams are passed on line by line, they carry extra fields customers read."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat_lines

logger = logging.getLogger(__name__)

PROVIDER = "onerouter"


def make_onerouter_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on OneRouter."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-Source": "legacy-gateway"}))


def process_onerouter_response(resp: dict) -> dict:
    """Normalize an answer of OneRouter for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("OneRouter answered without choices")
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


def make_onerouter_request_openai_stream(messages, model, **kwargs) -> Iterator[str]:
    """Streamed chat completion on OneRouter."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("OneRouter stream for %s", model)
    return stream_chat_lines(
        PROVIDER, payload, auth_headers(PROVIDER, {"X-Source": "legacy-gateway"})
    )
