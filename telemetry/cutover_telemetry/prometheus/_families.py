"""What is exposed: families of series, in plain values, whatever they were counted by."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

Labels = tuple[tuple[str, str], ...]

MOST_SERIES = 2_000
OVERFLOW: Labels = (("otel_metric_overflow", "true"),)


@dataclass(frozen=True, slots=True)
class Buckets:
    """A histogram: how many values lie at or below each bound, the last bound being infinite.

    `sum` is None where it is not known, as with values below zero.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float | None

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.counts[-1]

    def __add__(self, other: "Buckets") -> "Buckets":
        if self.bounds != other.bounds:
            return self
        counts = tuple(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True))
        return Buckets(self.bounds, counts, None if self.sum is None or other.sum is None else self.sum + other.sum)


Value = float | Buckets


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: `kind` is counter, gauge or histogram; `name` has the unit, and `_total` if it is a counter."""

    name: str
    kind: str
    help: str
    unit: str
    series: tuple[tuple[Labels, Value], ...]


def merged(families: Iterable[Family], *, most: int = MOST_SERIES) -> tuple[Family, ...]:
    """Each name once, and each set of labels once in it; of two kinds by one name the first stays.

    What is counted twice is added up. Series beyond the most are counted together as an overflow; of a gauge the last
    value stands, and none overflows.
    """
    found: dict[str, list[Family]] = {}
    for family in families:
        found.setdefault(family.name, []).append(family)
    return tuple(_together(every, most) for every in found.values())


def _together(families: list[Family], most: int) -> Family:
    first = families[0]
    series = (each for family in families if family.kind == first.kind for each in family.series)
    return replace(first, series=tuple(_added(series, kind=first.kind, most=most).items()))


def _added(series: Iterable[tuple[Labels, Value]], *, kind: str, most: int) -> dict[Labels, Value]:
    found: dict[Labels, Value] = {}
    for given, value in series:
        labels = given
        if labels not in found and len(found) >= most:
            if kind == "gauge":
                continue
            labels = OVERFLOW
        there = found.get(labels)
        found[labels] = value if there is None or kind == "gauge" else _sum(there, value)
    return found


def _sum(one: Value, other: Value) -> Value:
    if isinstance(one, Buckets):
        return one + other if isinstance(other, Buckets) else one
    return one if isinstance(other, Buckets) else one + other
