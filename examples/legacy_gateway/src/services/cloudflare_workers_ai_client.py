"""Cloudflare Workers AI. Model ids start with @cf/."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "cloudflare-workers-ai"


def make_cloudflare_workers_ai_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Cloudflare Workers AI."""
    upstream_model = _cloudflare_workers_ai_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    return post_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"cf-aig-metadata": "legacy-gateway"})
    )


def process_cloudflare_workers_ai_response(resp: dict) -> dict:
    """Normalize an answer of Cloudflare Workers AI for the routes."""
    if not resp.get("choices"):
        raise ValueError("Cloudflare Workers AI answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_cloudflare_workers_ai_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Cloudflare Workers AI."""
    upstream_model = _cloudflare_workers_ai_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    logger.debug("Cloudflare Workers AI stream for %s", upstream_model)
    return stream_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"cf-aig-metadata": "legacy-gateway"})
    )


def _cloudflare_workers_ai_model(model: str) -> str:
    return model if model.startswith("@") else f"@cf/{model}"
