"""Hugging Face inference router."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "huggingface"
DEFAULT_ROUTE = "hf-inference"


def make_huggingface_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Hugging Face."""
    upstream_model = _huggingface_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_huggingface_response(resp: dict) -> dict:
    """Normalize an answer of Hugging Face for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Hugging Face answered without choices")
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


def make_huggingface_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Hugging Face."""
    upstream_model = _huggingface_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    logger.debug("Hugging Face stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _huggingface_model(model: str) -> str:
    # "model:route" picks a backend, without one we stay on theirs
    return model if ":" in model else f"{model}:{DEFAULT_ROUTE}"


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    # temperature 0 is refused, the smallest accepted value means the same
    if params.get("temperature") == 0:
        params["temperature"] = 0.01
    return params
