"""From samples to figures: medians, and medians of the ratios to the raw calls of the same round.

Example: ``figures_of(samples)``
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench_run._contenders import held_by
from bench_run._rounds import Sample
from bench_worker import Scenario

MICROSECONDS = 1e6


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """From at least one value."""
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True)
class Figure:
    """One contender in one scenario.

    Attributes:
        rounds: How many bursts.
        calls: How many calls in all.
        wall: Microseconds of a call; at more than one in parallel, of the whole divided by the calls.
        cpu: Microseconds of CPU of a call.
        wall_ratio: To the raw calls of the same rounds.
        cpu_ratio: Likewise.
        cpu_more: Microseconds of CPU that a call takes more than a raw one.
    """

    contender: str
    scenario: Scenario
    rounds: int
    calls: int
    wall: Spread
    cpu: Spread
    wall_ratio: Spread | None
    cpu_ratio: Spread | None
    cpu_more: Spread | None

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def figures_of(samples: Iterable[Sample]) -> list[Figure]:
    """A figure for each contender and scenario, in the order in which they came."""
    grouped: dict[tuple[str, Scenario], dict[int, Sample]] = defaultdict(dict)
    for sample in samples:
        grouped[sample.contender, sample.scenario][sample.round] = sample
    return [
        _figure(name, scenario, mine, grouped.get((held_by(name), scenario), {}))
        for (name, scenario), mine in grouped.items()
    ]


def _figure(name: str, scenario: Scenario, mine: dict[int, Sample], raw: dict[int, Sample]) -> Figure:
    pairs = [(sample, raw[number]) for number, sample in mine.items() if number in raw]
    return Figure(
        name,
        scenario,
        rounds=len(mine),
        calls=sum(sample.calls for sample in mine.values()),
        wall=Spread.of([sample.wall * MICROSECONDS for sample in mine.values()]),
        cpu=Spread.of([sample.cpu * MICROSECONDS for sample in mine.values()]),
        wall_ratio=Spread.of([one.wall / other.wall for one, other in pairs]) if pairs else None,
        cpu_ratio=Spread.of([one.cpu / other.cpu for one, other in pairs]) if pairs else None,
        cpu_more=Spread.of([(one.cpu - other.cpu) * MICROSECONDS for one, other in pairs]) if pairs else None,
    )
