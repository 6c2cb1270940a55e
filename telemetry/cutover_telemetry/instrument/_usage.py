"""Token counts, read off an answer or the last chunk of a stream; nothing else of it is looked at.

The shape is that of OpenAI's answers, as mappings or objects; names that other clients have for the same counts are
known too. What is no count is as if it were not there.
"""

from collections.abc import Mapping
from typing import NamedTuple

INPUT = ("prompt_tokens", "input_tokens")
OUTPUT = ("completion_tokens", "output_tokens")
INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details")
OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")


class Usage(NamedTuple):
    """Tokens of one attempt; None where the answer does not say."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None


UNKNOWN = Usage()


def usage_of(answer: object) -> Usage:
    """What an answer says that it used; never raises, whatever the answer is."""
    told = _part(answer, "usage")
    if told is None:
        return UNKNOWN
    return Usage(
        _count(told, INPUT),
        _count(told, OUTPUT),
        _detail(told, INPUT_DETAILS, "cached_tokens"),
        _detail(told, OUTPUT_DETAILS, "reasoning_tokens"),
    )


def _detail(told: object, names: tuple[str, ...], name: str) -> int | None:
    for each in names:
        details = _part(told, each)
        if details is not None:
            return _count(details, (name,))
    return None


def _count(holder: object, names: tuple[str, ...]) -> int | None:
    for name in names:
        value = _part(holder, name)
        if type(value) is int and value >= 0:
            return value
    return None


def _part(holder: object, name: str) -> object:
    if type(holder) is dict:
        return holder.get(name)
    # Clients' answers may be anything, with attributes that raise when they are read.
    try:
        return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
    except Exception:  # noqa: BLE001  somebody else's property
        return None
