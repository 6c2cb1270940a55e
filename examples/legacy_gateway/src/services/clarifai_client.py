"""Clarifai. Wants to know which user application is calling."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "clarifai"


def make_clarifai_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Clarifai."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    return post_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"X-Clarifai-App": "legacy-gateway"})
    )


def process_clarifai_response(resp: dict) -> dict:
    """Normalize an answer of Clarifai for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Clarifai answered without choices")
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


def make_clarifai_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Clarifai."""
    params = _clean_params(kwargs)
    payload = build_payload(messages, model, params)
    logger.debug("Clarifai stream for %s", model)
    return stream_chat(
        PROVIDER, payload, auth_headers(PROVIDER, {"X-Clarifai-App": "legacy-gateway"})
    )


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    params.pop("logit_bias", None)
    return params
