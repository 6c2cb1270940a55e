"""Alibaba Cloud (DashScope), international endpoint."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "alibaba-cloud"


def make_alibaba_cloud_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Alibaba Cloud."""
    upstream_model = _alibaba_cloud_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_alibaba_cloud_response(resp: dict) -> dict:
    """Normalize an answer of Alibaba Cloud for the routes."""
    if not resp.get("choices"):
        raise ValueError("Alibaba Cloud answered without choices")
    processed = dict(resp)
    processed.setdefault("object", "chat.completion")
    processed.setdefault("usage", {})
    return processed


def make_alibaba_cloud_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Alibaba Cloud."""
    upstream_model = _alibaba_cloud_model(model)
    payload = build_payload(messages, upstream_model, kwargs)
    logger.debug("Alibaba Cloud stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-DashScope-SSE": "enable"}))


def _alibaba_cloud_model(model: str) -> str:
    # "qwen/qwen-max" and "alibaba/qwen-max" are both plain "qwen-max" there
    return model.rsplit("/", 1)[-1]
