"""Vercel AI Gateway. Wants to know which site is calling."""

import logging
from collections.abc import Iterator

from src.config import settings
from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "vercel-ai-gateway"


def make_vercel_ai_gateway_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Vercel AI Gateway."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(
        PROVIDER,
        payload,
        auth_headers(PROVIDER, {"http-referer": settings.site_url, "x-title": settings.site_name}),
    )


def process_vercel_ai_gateway_response(resp: dict) -> dict:
    """Normalize an answer of Vercel AI Gateway for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Vercel AI Gateway answered without choices")
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


def make_vercel_ai_gateway_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Vercel AI Gateway."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("Vercel AI Gateway stream for %s", model)
    return stream_chat(
        PROVIDER,
        payload,
        auth_headers(PROVIDER, {"http-referer": settings.site_url, "x-title": settings.site_name}),
    )
