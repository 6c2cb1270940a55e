"""Helicone gateway, used by customers who want their traces there."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "helicone"


def make_helicone_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Helicone."""
    payload = build_payload(messages, model, kwargs)
    return post_chat(
        PROVIDER,
        payload,
        auth_headers(
            PROVIDER, {"Helicone-Property-App": "legacy-gateway", "Helicone-Cache-Enabled": "false"}
        ),
    )


def process_helicone_response(resp: dict) -> dict:
    """Normalize an answer of Helicone for the routes."""
    if not resp.get("choices"):
        raise ValueError("Helicone answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_helicone_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Helicone."""
    payload = build_payload(messages, model, kwargs)
    logger.debug("Helicone stream for %s", model)
    return stream_chat(
        PROVIDER,
        payload,
        auth_headers(
            PROVIDER, {"Helicone-Property-App": "legacy-gateway", "Helicone-Cache-Enabled": "false"}
        ),
    )
