"""One error probability for the whole rollout: who took how much of it, in the order in which it was taken.

A stage takes its part once. If the controller restarts, the stage has the part that it took, and what it saw comes from
the store; nothing is given twice. A rollout that is rolled back, mended and begun again goes on with the same ledger.

Example: ``ledger, part = Ledger().take("chat 50 %", weight=0.5)``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cutover_telemetry.judge._errors import AlphaSpent, NotAState

ALPHA = 0.05
VERSION = 1
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Entry:
    """What one stage took, and the e-value at which it was left (None while it runs)."""

    name: str
    alpha: float
    e_value: float | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries, and the error probability that they share."""

    alpha: float = ALPHA
    entries: tuple[Entry, ...] = ()

    @property
    def left(self) -> float:
        """What nobody has taken yet."""
        return max(0.0, self.alpha - sum(entry.alpha for entry in self.entries))

    def take(self, name: str, *, weight: float) -> tuple[Ledger, float]:
        """The ledger after `name` took this part of the whole, and that part; what it took before if it did.

        Raises:
            AlphaSpent: There is not as much left.
        """
        for entry in self.entries:
            if entry.name == name:
                return self, entry.alpha
        asked = weight * self.alpha
        if asked > self.left + _ROUNDING:
            raise AlphaSpent(name, asked=asked, left=self.left)
        return replace(self, entries=(*self.entries, Entry(name, asked))), asked

    def close(self, name: str, *, e_value: float) -> Ledger:
        """The ledger with the e-value at which `name` ended."""
        closed = (replace(entry, e_value=e_value) if entry.name == name else entry for entry in self.entries)
        return replace(self, entries=tuple(closed))

    def to_json(self) -> dict[str, Any]:
        """The ledger as plain values."""
        entries = [{"name": one.name, "alpha": one.alpha, "e_value": one.e_value} for one in self.entries]
        return {"version": VERSION, "alpha": self.alpha, "entries": entries}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ledger:
        """The ledger that was stored.

        Raises:
            NotAState: It is of another version or shape.
        """
        if data.get("version") != VERSION:
            raise NotAState(f"a ledger of version {data.get('version')!r}, and this is version {VERSION}")
        try:
            entries = tuple(Entry(str(one["name"]), float(one["alpha"]), one["e_value"]) for one in data["entries"])
            return cls(float(data["alpha"]), entries)
        except (KeyError, TypeError, ValueError) as error:
            raise NotAState(f"a damaged ledger ({type(error).__name__}: {error})") from error


def stage_weights(shares: tuple[float, ...]) -> tuple[float, ...]:
    """The parts of the stages: more where more is seen, as much as both arms together can tell of a difference."""
    worth = [share * (1 - share) for share in shares]
    total = sum(worth)
    return tuple(each / total if total else 0.0 for each in worth)
