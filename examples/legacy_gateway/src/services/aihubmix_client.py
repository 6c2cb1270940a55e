"""AiHubMix. The APP-Code header gives us the partner discount."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "aihubmix"


def make_aihubmix_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on AiHubMix."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"APP-Code": "demo-app"}))


def process_aihubmix_response(resp: dict) -> dict:
    """Normalize an answer of AiHubMix for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("AiHubMix answered without choices")
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


def make_aihubmix_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on AiHubMix."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("AiHubMix stream for %s", model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER, {"APP-Code": "demo-app"}))
