"""AIMO network. Model ids are lower case there."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "aimo"


def make_aimo_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on AIMO."""
    upstream_model = _aimo_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-AIMO-Client": "legacy-gateway"}))


def process_aimo_response(resp: dict) -> dict:
    """Normalize an answer of AIMO for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("AIMO answered without choices")
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


def make_aimo_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on AIMO."""
    upstream_model = _aimo_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    logger.debug("AIMO stream for %s", upstream_model)
    return stream_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"X-AIMO-Client": "legacy-gateway"})
    )


def _aimo_model(model: str) -> str:
    return model.removeprefix("aimo/").lower()
