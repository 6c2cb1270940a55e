"""Bodies of requests as JSON, and back."""

import json
from collections.abc import Mapping

from cutover_parity._messages import Json, Request

USUAL_OPTIONS: Mapping[str, Json] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 40,
    "n": 2,
    "stop": ["END"],
    "max_tokens": 16,
    "max_completion_tokens": 16,
    "max_output_tokens": 16,
    "frequency_penalty": 0.25,
    "presence_penalty": -0.25,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 2,
    "seed": 42,
    "tools": [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_object"},
    "reasoning_effort": "low",
    "user": "user-1",
    "metadata": {"team": "a"},
    "instructions": "Be brief.",
}


def json_of(request: Request) -> Json:
    """The body as JSON, None where it is none."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def written(body: Json) -> bytes:
    """A body as JSON bytes; what is no Unicode stays escaped."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def streams(body: Json) -> bool:
    """Whether the body says, or looks as if it could say, that the answer is to be streamed."""
    return isinstance(body, dict) and ("stream" in body or is_conversation(body))


def streamed(request: Request) -> Request:
    """The request that asks for a stream, where its body looks as if it could."""
    body = json_of(request)
    return request.with_body(written({**body, "stream": True})) if streams(body) else request


def is_conversation(body: Mapping[str, Json]) -> bool:
    """Whether the body is OpenAI-shaped: it names a model, or holds messages."""
    return bool(conversations(body)) or isinstance(body.get("model"), str)


def conversations(body: Mapping[str, Json]) -> list[str]:
    """The fields that hold messages: lists of objects that each have a role."""
    return [name for name, value in body.items() if isinstance(value, list) and value and all(map(_has_role, value))]


def _has_role(value: Json) -> bool:
    return isinstance(value, dict) and "role" in value
