"""Anannas, an OpenRouter look-alike."""

import logging
from collections.abc import Iterator

from src.config import settings
from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "anannas"


def make_anannas_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Anannas."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"HTTP-Referer": settings.site_url}))


def process_anannas_response(resp: dict) -> dict:
    """Normalize an answer of Anannas for the routes."""
    if not resp.get("choices"):
        raise ValueError("Anannas answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_anannas_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Anannas."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("Anannas stream for %s", model)
    return stream_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"HTTP-Referer": settings.site_url})
    )
