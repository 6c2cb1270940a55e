"""Alpaca Network (Anyscale services behind). No tools there."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "alpaca-network"


def make_alpaca_network_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Alpaca Network."""
    upstream_model = _alpaca_network_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_alpaca_network_response(resp: dict) -> dict:
    """Normalize an answer of Alpaca Network for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Alpaca Network answered without choices")
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


def make_alpaca_network_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Alpaca Network."""
    upstream_model = _alpaca_network_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    logger.debug("Alpaca Network stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _alpaca_network_model(model: str) -> str:
    return model.removeprefix("alpaca-network/")


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    for name in ("tools", "tool_choice", "response_format"):
        params.pop(name, None)
    return params
