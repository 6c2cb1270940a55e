"""The options of an OpenAI-shaped body, each with values at, inside and beyond its limits, and null."""

from collections.abc import Mapping

from hypothesis import strategies as st

from cutover_parity._messages import Json
from cutover_parity.strategies._values import texts

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_TOOLS: tuple[Json, ...] = (
    {"type": "function", "function": {"name": "lookup", "parameters": _SCHEMA}},
    {"type": "function", "function": {"name": "now", "description": "the time", "parameters": {}, "strict": True}},
    {"type": "web_search"},
    {"type": "function"},
    {},
)
_CHOICES: tuple[Json, ...] = (
    "auto",
    "none",
    "required",
    {"type": "function", "function": {"name": "lookup"}},
    {"type": "function", "function": {"name": "missing"}},
    "",
    {},
)
_FORMATS: tuple[Json, ...] = (
    {"type": "text"},
    {"type": "json_object"},
    {"type": "json_schema", "json_schema": {"name": "place", "schema": _SCHEMA, "strict": True}},
    {"type": "unknown"},
    {},
)
_LEVELS = ("minimal", "low", "medium", "high", "")


def _one(*values: Json) -> st.SearchStrategy[Json]:
    return st.sampled_from((*values, None))


def _numbers(low: float, high: float) -> st.SearchStrategy[Json]:
    return _one(low, high, (low + high) / 2, int(high), low - 1, high + 1) | st.floats(low, high)


def _counts(*values: int) -> st.SearchStrategy[Json]:
    return _one(*values, 0, -1)


OPTIONS: Mapping[str, st.SearchStrategy[Json]] = {
    "temperature": _numbers(0, 2),
    "top_p": _numbers(0, 1),
    "top_k": _counts(1, 40),
    "n": _counts(1, 2, 128),
    "stop": _one("END", ["END"], ["a", "b", "c", "d"], [], "") | st.lists(texts(), max_size=5),
    "max_tokens": _counts(1, 16, 4096, 10**9),
    "max_completion_tokens": _counts(1, 4096),
    "max_output_tokens": _counts(1, 16, 4096),
    "frequency_penalty": _numbers(-2, 2),
    "presence_penalty": _numbers(-2, 2),
    "repetition_penalty": _numbers(0, 2),
    "logit_bias": _one({}, {"50256": -100}, {"1": 100, "2": 0.5}, {"word": 1}),
    "logprobs": _one(True, False, 5),
    "top_logprobs": _counts(1, 20),
    "seed": _counts(1, 42, 2**63),
    "tools": _one([]) | st.lists(st.sampled_from(_TOOLS), min_size=1, max_size=4),
    "tool_choice": _one(*_CHOICES),
    "parallel_tool_calls": _one(True, False),
    "response_format": _one(*_FORMATS),
    "stream_options": _one({"include_usage": True}, {"include_usage": False}, {}),
    "reasoning_effort": _one(*_LEVELS),
    "reasoning": _one({"effort": "low"}, {"max_tokens": 100}, {}),
    "modalities": _one(["text"], ["text", "audio"], []),
    "user": _one("user-1", "") | texts(),
    "metadata": _one({}, {"team": "a"}, {"": ""}),
    "service_tier": _one("auto", "default", "flex"),
    "store": _one(True, False),
    "prediction": _one({"type": "content", "content": "hi"}),
    "functions": _one([], [{"name": "lookup", "parameters": _SCHEMA}]),
    "function_call": _one("auto", "none", {"name": "lookup"}),
    "instructions": _one("Be brief.") | texts(),
    "extra_body": _one({}, {"transforms": []}),
    "a_field_nobody_knows": _one(1, "x", {}),
}
