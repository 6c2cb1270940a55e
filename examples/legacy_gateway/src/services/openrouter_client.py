"""OpenRouter, the default: serves nearly every model, and whatever no other branch claims."""

import logging
from collections.abc import AsyncIterator, Iterator

from src.config import settings
from src.services.http_upstream import (
    auth_headers,
    build_payload,
    post_chat,
    stream_chat,
    stream_chat_async,
)

logger = logging.getLogger(__name__)

PROVIDER = "openrouter"


def make_openrouter_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on OpenRouter."""
    payload = build_payload(messages, _openrouter_model(model), kwargs)
    return post_chat(PROVIDER, payload, _headers())


def process_openrouter_response(resp: dict) -> dict:
    """Normalize an answer of OpenRouter for the routes."""
    # They report some upstream failures with status 200 and an error object
    error = resp.get("error")
    if error:
        message = error.get("message") if isinstance(error, dict) else error
        raise ValueError(f"OpenRouter answered with an error: {message}")
    if not resp.get("choices"):
        raise ValueError("OpenRouter answered without choices")
    processed = {key: value for key, value in resp.items() if key != "provider"}
    processed.setdefault("usage", {})
    return processed


def make_openrouter_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on OpenRouter."""
    payload = build_payload(messages, _openrouter_model(model), kwargs)
    return stream_chat(PROVIDER, payload, _headers())


async def make_openrouter_request_openai_stream_async(
    messages, model, **kwargs
) -> AsyncIterator[dict]:
    """Streamed chat completion on OpenRouter that needs no worker thread."""
    payload = build_payload(messages, _openrouter_model(model), kwargs)
    return await stream_chat_async(PROVIDER, payload, _headers())


def _openrouter_model(model: str) -> str:
    # "openrouter/auto" is a model of theirs, every other "openrouter/…" is our own prefix
    if model == "openrouter/auto":
        return model
    return model.removeprefix("openrouter/")


def _headers() -> dict[str, str]:
    return auth_headers(
        PROVIDER, {"HTTP-Referer": settings.site_url, "X-Title": settings.site_name}
    )
