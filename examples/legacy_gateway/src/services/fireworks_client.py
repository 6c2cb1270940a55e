"""Fireworks. Full model paths, and session affinity for the prompt cache."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "fireworks"
MODEL_PATH = "accounts/fireworks/models/"


def make_fireworks_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Fireworks."""
    payload = build_payload(messages, _fireworks_model(model), kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_fireworks_response(resp: dict) -> dict:
    """Normalize an answer of Fireworks for the routes."""
    if not resp.get("choices"):
        raise ValueError("Fireworks answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_fireworks_request_openai_stream(
    messages, model, session_id=None, service_tier=None, **kwargs
) -> Iterator[dict]:
    """Streamed chat completion on Fireworks.

    session_id: requests with the same one land on the same replica, whose prompt cache is warm.
    service_tier: "priority" costs more and waits less, None is the normal queue.
    """
    extra = {"x-session-affinity": session_id} if session_id else None
    payload = build_payload(messages, _fireworks_model(model), kwargs)
    if service_tier:
        payload["service_tier"] = service_tier
    logger.debug("Fireworks stream for %s (tier %s)", payload["model"], service_tier)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER, extra))


def _fireworks_model(model: str) -> str:
    if model.startswith("accounts/"):
        return model
    return MODEL_PATH + model.rsplit("/", 1)[-1]
