"""NEAR AI: private inference in secure enclaves, where a cold start takes a minute."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat_lines

logger = logging.getLogger(__name__)

PROVIDER = "near"


def make_near_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on NEAR AI."""
    upstream_model = _near_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_near_response(resp: dict) -> dict:
    """Normalize an answer of NEAR AI for the routes."""
    if not resp.get("choices"):
        raise ValueError("NEAR AI answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_near_request_openai_stream(messages, model, **kwargs) -> Iterator[str]:
    """Streamed chat completion on NEAR AI."""
    upstream_model = _near_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    logger.debug("NEAR AI stream for %s", upstream_model)
    return stream_chat_lines(PROVIDER, payload, auth_headers(PROVIDER))


def _near_model(model: str) -> str:
    return model.removeprefix("near/")
