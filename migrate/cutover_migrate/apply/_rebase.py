"""What to write to a file that this program wrote before and someone may have edited since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from cutover_migrate.apply._merge import Conflicting, merge
from cutover_migrate.apply.errors import EditConflict

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Rebased:
    """The bytes to write; `edited` tells whether edits made since are in them."""

    data: bytes | None
    edited: bool


@dataclass(frozen=True, slots=True)
class Blocked:
    """Nothing can be written without losing edits: (line, reason) for each place, line 0 for the whole file."""

    places: tuple[tuple[int, str], ...]


def rebase(base: bytes | None, *, current: bytes | None, wanted: bytes | None) -> Rebased | Blocked:
    """Bring the change from `base` (written by us) to `wanted` to the file as it is now."""
    if current in (base, wanted):
        return Rebased(wanted, edited=False)
    if current is None:
        return Blocked(((0, "removed since"),))
    if base is None:
        return Blocked(((0, "made again since this program removed it"),))
    if wanted is None:
        return Blocked(((0, "edited since, and would be removed"),))
    merged = merge(base, current=current, wanted=wanted)
    if isinstance(merged, Conflicting):
        return Blocked(tuple((line, "edited since, where this command has to write") for line in merged.lines))
    return Rebased(merged.data, edited=True)


def unblocked(name: str, results: Mapping[str, Outcome | Blocked]) -> dict[str, Outcome]:
    """The outcomes by path; raise EditConflict for the command of this name if any is blocked."""
    blocked = [(path, result) for path, result in results.items() if isinstance(result, Blocked)]
    if blocked:
        raise EditConflict(name, [(path, line, reason) for path, result in blocked for line, reason in result.places])
    return {path: result for path, result in results.items() if not isinstance(result, Blocked)}
