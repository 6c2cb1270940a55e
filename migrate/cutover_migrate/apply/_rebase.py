"""What to write to a file that this program wrote before and someone may have edited since."""

from __future__ import annotations

from dataclasses import dataclass

from cutover_migrate.apply._merge import Conflicting, merge


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
