"""Groq. Fast, strict about fields it does not know."""

import logging
from collections.abc import Iterator

from src.services.http_upstream import auth_headers, build_payload, post_chat, stream_chat

logger = logging.getLogger(__name__)

PROVIDER = "groq"


def make_groq_request_openai(messages, model, **kwargs) -> dict:
    """Plain chat completion on Groq."""
    upstream_model = _groq_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    return post_chat(PROVIDER, payload, auth_headers(PROVIDER))


def process_groq_response(resp: dict) -> dict:
    """Normalize an answer of Groq for the routes."""
    if not resp.get("choices"):
        raise ValueError("Groq answered without choices")
    processed = {key: value for key, value in resp.items() if key != "x_groq"}
    processed.setdefault("usage", {})
    return processed


def make_groq_request_openai_stream(messages, model, **kwargs) -> Iterator[dict]:
    """Streamed chat completion on Groq."""
    upstream_model = _groq_model(model)
    params = _clean_params(kwargs)
    payload = build_payload(messages, upstream_model, params)
    logger.debug("Groq stream for %s", upstream_model)
    return stream_chat(PROVIDER, payload, auth_headers(PROVIDER))


def _groq_model(model: str) -> str:
    return model.removeprefix("groq/")


def _clean_params(kwargs: dict) -> dict:
    params = dict(kwargs)
    params.pop("user", None)
    params.pop("logit_bias", None)
    return params
