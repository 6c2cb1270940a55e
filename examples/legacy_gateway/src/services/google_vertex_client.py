"""Google Vertex AI through its OpenAI compatible endpoint."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "google-vertex"
PROJECT = "demo-project"


def make_google_vertex_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Google Vertex."""
    upstream_model = _google_vertex_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-Goog-User-Project": PROJECT}))


def process_google_vertex_response(resp: dict) -> dict:
    """Normalize an answer of Google Vertex for the routes."""
    choices = resp.get("choices")
    if not choices:
        raise ValueError("Google Vertex answered without choices")
    usage = resp.get("usage") or {}
    processed = dict(resp)
    processed["usage"] = {
        "prompt_tokens": usage.get("prompt_tokens", 0),
        "completion_tokens": usage.get("completion_tokens", 0),
        "total_tokens": usage.get("total_tokens", 0),
    }
    for choice in processed["choices"]:
        # Vertex spells it in capitals
        if choice.get("finish_reason"):
            choice["finish_reason"] = choice["finish_reason"].lower()
    return processed


def make_google_vertex_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Google Vertex."""
    upstream_model = _google_vertex_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    logger.debug("Google Vertex stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER, {"X-Goog-User-Project": PROJECT}))


def _google_vertex_model(model: str) -> str:
    # Vertex wants publisher/model
    return model if "/" in model else f"google/{model}"


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    # Unknown fields are an error there, and these two are unknown
    params.pop("user", None)
    params.pop("seed", None)
    return params
