"""What comes of a comparison: match, mismatch, or ignored with the reason."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from cutover_parity.compare._differences import ABSENT, ORDER

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the arms differ."""

    layer: str
    path: str
    legacy: Any
    registry: Any

    def __str__(self) -> str:
        return f"{self.place}: legacy {shown(self.legacy)}, registry {shown(self.registry)}"

    @property
    def place(self) -> str:
        """Layer and path as one word, which is what patterns are matched with."""
        return self.layer + (self.path if self.path.startswith("[") else f".{self.path}" if self.path else "")

    @property
    def is_structural(self) -> bool:
        """Whether one side has something that the other does not have, or has fields in another order."""
        return ABSENT in (self.legacy, self.registry) or self.path.endswith(ORDER) or self._changes_kind

    @property
    def _changes_kind(self) -> bool:
        return type(self.legacy) is not type(self.registry) and isinstance(self.legacy, list | dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The arms did the same."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The arms differ; the first difference is the nearest to the cause. `hidden`: the rules that hid others."""

    differences: tuple[Difference, ...]
    hidden: tuple[str, ...] = ()

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that differ."""
        return tuple(dict.fromkeys(difference.layer for difference in self.differences))


@dataclass(frozen=True, slots=True)
class Ignored:
    """The arms differ only where it was said, or learnt, that it does not matter; `hidden` names the rules.

    `options`: those of failover that were on and were accepted, where the differences are intended.
    """

    reason: str
    differences: tuple[Difference, ...] = ()
    hidden: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


Verdict: TypeAlias = Match | Mismatch | Ignored


def shown(value: Any) -> str:
    """Show a value in a line."""
    text = value if isinstance(value, str) and value == ABSENT else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
