"""Durations as the judge needs them: how many, how many above a value, and quantiles; raw values or any sketch.

Example: ``Values([0.1, 0.2, 0.4]).above(0.15)``  ->  2
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from math import ceil, isfinite
from typing import Protocol

from cutover_telemetry.store._sketch import Sketch

_HALVINGS = 60


class Distribution(Protocol):
    """Some durations in seconds."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def above(self, value: float) -> int:
        """How many are above this value."""
        ...

    def quantile(self, share: float) -> float | None:
        """The value at or below which this share of them lies (nearest rank); None of no values."""
        ...


class Values:
    """Durations as they were measured; those that are no number are left out."""

    __slots__ = ("_sorted",)

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._sorted = sorted([value for value in values if isfinite(value)])

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._sorted)

    def __iter__(self) -> Iterator[float]:
        return iter(self._sorted)

    def above(self, value: float) -> int:
        """How many are above this value."""
        return len(self._sorted) - bisect_right(self._sorted, value)

    def quantile(self, share: float) -> float | None:
        """The value at or below which this share of them lies (nearest rank); None of no values."""
        rank = min(max(ceil(share * self.count), 1), self.count)
        return self._sorted[rank - 1] if self._sorted else None


def condensed(parts: Iterable[Distribution]) -> list[Distribution]:
    """The same values in as few parts as there are kinds of them."""
    kinds: dict[type, list[Distribution]] = {}
    for part in parts:
        kinds.setdefault(type(part), []).append(part)
    made: list[Distribution] = []
    for every in kinds.values():
        if isinstance(every[0], Sketch):
            made.append(Sketch.merged(part for part in every if isinstance(part, Sketch)))
        elif isinstance(every[0], Values):
            made.append(Values(chain.from_iterable(part for part in every if isinstance(part, Values))))
        else:
            made += every
    return made


def pooled_quantile(parts: Iterable[Distribution], share: float) -> float | None:
    """The quantile of all values together, from counts alone, to within the parts' own precision."""
    present = [part for part in condensed(parts) if part.count]
    if len(present) == 1:
        return present[0].quantile(share)
    ends = [value for part in present if (value := part.quantile(share)) is not None]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    allowed = sum(part.count for part in present) * (1 - share)
    if not isfinite(high) or sum(part.above(low) for part in present) <= allowed:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if sum(part.above(middle) for part in present) > allowed else (low, middle)
    return high
