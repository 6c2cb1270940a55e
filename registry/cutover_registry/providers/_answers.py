"""Answers of providers in the common form, and their errors in ours."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from cutover_registry.failover._status import seconds_of
from cutover_registry.providers._spec import ProviderSpec
from cutover_registry.providers.errors import AnswerUnreadable, ProviderStatusError, kind_of

FINISH_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_LONGEST_DETAIL = 500
_KEY_LIKE = re.compile(
    r"(?i)bearer\s+\S+|\b(?:sk|pk|rk|hf|gsk|xai|csk|fw|tgp|key|token|api[_-]?key)[-_=:]\s*[\w.~+/-]{6,}|[\w+/~-]{32,}={0,2}"
)


def answer_of(spec: ProviderSpec, model: str, data: bytes) -> dict[str, Any]:
    """Read a completion; raise AnswerUnreadable where it is none."""
    found = _object(spec, model, data)
    found = spec.dialect.answer(found)
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices:
        if found.get("error"):
            raise status_error(spec, model, _status_in(found), {}, data)
        raise AnswerUnreadable("the answer has no choices", provider=spec.name, model=model)
    for choice in choices:
        _name_reason(spec, choice)
    return found


def chunk_of(spec: ProviderSpec, model: str, data: bytes) -> dict[str, Any]:
    """Read one chunk of a stream; an error that came as a chunk is raised."""
    found = _object(spec, model, data)
    found = spec.dialect.chunk(found)
    if found.get("error") and not found.get("choices"):
        raise status_error(spec, model, _status_in(found), {}, data)
    for choice in found.get("choices") or ():
        _name_reason(spec, choice)
    return found


def is_last(chunk: Mapping[str, Any]) -> bool:
    """Whether a chunk ends its choices."""
    return any(choice.get("finish_reason") for choice in chunk.get("choices") or ())


def status_error(
    spec: ProviderSpec, model: str | None, status: int, headers: Mapping[str, str], data: bytes
) -> ProviderStatusError:
    """Give the error that an answer with this status stands for."""
    told = _told(spec, data)
    detail = scrubbed(str(told.get("message") or told.get("detail") or told.get("msg") or ""))
    code = told.get("code", told.get("status"))
    return kind_of(status)(
        f"answered with status {status}" + (f": {detail}" if detail else ""),
        provider=spec.name,
        model=model,
        status_code=status,
        retry_after=_retry_after(headers),
        code=None if code is None else str(code)[:80],
        type=None if told.get("type") is None else str(told["type"])[:80],
        detail=detail,
    )


def scrubbed(text: str) -> str:
    """Give a provider's words without anything that looks like a key, cut to what fits a line or two."""
    return _KEY_LIKE.sub("[…]", " ".join(text.split()))[:_LONGEST_DETAIL]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after")
    return None if told is None else seconds_of(told, now=time.time(), date=headers.get("date"))


def _object(spec: ProviderSpec, model: str, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AnswerUnreadable(
            f"the answer is not JSON ({len(data)} bytes)", provider=spec.name, model=model
        ) from error
    if not isinstance(found, dict):
        raise AnswerUnreadable(
            f"the answer is a JSON {type(found).__name__}, not an object", provider=spec.name, model=model
        )
    return found


def _name_reason(spec: ProviderSpec, choice: Any) -> None:
    reason = choice.get("finish_reason") if isinstance(choice, dict) else None
    if reason is not None and reason not in FINISH_REASONS:
        choice["finish_reason"] = spec.finish_reasons.get(reason, str(reason).lower())


def _status_in(found: Mapping[str, Any]) -> int:
    error = found.get("error")
    for holder in (error, found):
        for name in ("code", "status", "status_code"):
            value = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(value, int) and 400 <= value <= 599:
                return value
            if isinstance(value, str) and value.isdecimal() and 400 <= int(value) <= 599:
                return int(value)
    return 502


def _told(spec: ProviderSpec, data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {"message": data[:_LONGEST_DETAIL].decode(errors="replace") if b"<" not in data[:200] else ""}
    found = found[0] if isinstance(found, list) and found else found
    told = spec.dialect.error(found)
    if isinstance(told, list) and told:
        told = told[0]
    return told if isinstance(told, dict) else {"message": str(told)}
