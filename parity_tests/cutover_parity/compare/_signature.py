"""The signature of a mismatch: equal for cases that differ for the same reason, as far as one can tell.

What counts is the first difference, which is the nearest to the cause: its layer, the kind of its place, and the kind
of change.
"""

from dataclasses import dataclass
from typing import Any, Self

from cutover_parity.compare._differences import ABSENT
from cutover_parity.compare._patterns import common_form
from cutover_parity.compare._verdicts import Difference, Mismatch

_LONGEST = 80


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
        return cls(first.layer, common_form(first.place), _change(first))


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
