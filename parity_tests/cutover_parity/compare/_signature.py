"""The signature of a mismatch: equal for cases that differ for the same reason, as far as one can tell.

What counts is the first difference, which is the nearest to the cause: its layer, the kind of its place, and the kind
of change. Where another provider's function was called, that is which kind of function it was, and which it became.
"""

import re
from dataclasses import dataclass
from typing import Any, Self

from cutover_parity.compare._differences import ABSENT
from cutover_parity.compare._patterns import common_form
from cutover_parity.compare._verdicts import Difference, Mismatch

_LONGEST = 80
_CALLEE = re.compile(r"(calls\[(\d+)\])\.function")


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """What mismatches of one cause have in common."""

    layer: str
    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.place}: {self.change}"

    @classmethod
    def of(cls, verdict: Mismatch) -> Self:
        """Give the signature of a mismatch."""
        first = verdict.differences[0]
        return cls(first.layer, common_form(first.place), _dispatch(first, verdict) or _change(first))


def _dispatch(first: Difference, verdict: Mismatch) -> str:
    """Say which kind of function became which, where another provider's was called; many kinds have many causes."""
    place = _CALLEE.fullmatch(first.place)
    provider = place and next((one for one in verdict.differences if one.place == f"{place[1]}.provider"), None)
    if not place or not provider:
        return ""
    legacy, registry = _kind_of(first.legacy, provider.legacy), _kind_of(first.registry, provider.registry)
    if not legacy or not registry:
        return ""
    told = f"another provider's {legacy}" if legacy == registry else f"{legacy} became another provider's {registry}"
    return told + (", after other calls" if place[2] != "0" else "")


def _kind_of(function: Any, provider: Any) -> str:
    """Give a function's name with its provider left open, as in `make_…_stream`; nothing where it does not name it."""
    if not isinstance(function, str) or not isinstance(provider, str):
        return ""
    named = re.sub(r"\W", "_", provider)
    return function.replace(named, "…") if named in function else ""


def _change(difference: Difference) -> str:
    legacy, registry = difference.legacy, difference.registry
    if ABSENT in (legacy, registry):
        return "added" if legacy == ABSENT else "lost"
    if type(legacy) is not type(registry):
        return f"{_kind(legacy)} became {_kind(registry)}"
    if difference.path.endswith(("status", "type")) and isinstance(legacy, str | int):
        return f"{legacy} became {registry}"[:_LONGEST]
    return "changed"


def _kind(value: Any) -> str:
    return (
        "null" if value is None else {"str": "text", "dict": "object"}.get(type(value).__name__, type(value).__name__)
    )
