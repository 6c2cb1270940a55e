"""How large a difference is, with an ordinary interval: rates by Newcombe's method, quantiles by order statistics.

Both take the limits of each arm by itself and put them together as Newcombe does (1998, method 10), quantiles on the
scale of logarithms, so that the effect is a ratio. Where minutes scatter more than independent requests would, each
arm counts for as many requests fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from cutover_telemetry.judge._cells import Cell
from cutover_telemetry.judge._counts import QUANTILES, Metric
from cutover_telemetry.judge._distribution import Distribution, condensed, pooled_quantile
from cutover_telemetry.judge._restless import Restless
from cutover_telemetry.judge._thresholds import FIRST_CHUNKS

_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Estimate:
    """One arm's rate or quantile (seconds) with its limits, and the requests that it is of."""

    value: float
    low: float
    high: float
    requests: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Candidate beside baseline: a difference of rates, or a ratio of quantiles (`ratio`)."""

    metric: Metric
    baseline: Estimate
    candidate: Estimate
    value: float
    low: float
    high: float
    ratio: bool

    @property
    def nothing(self) -> float:
        """The value of no effect."""
        return 1.0 if self.ratio else 0.0


def effects(candidate: Sequence[Cell], baseline: Sequence[Cell], *, level: float = 0.95) -> tuple[Effect, ...]:
    """The effect on each metric that both sides tell of."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    made = []
    for metric in Metric:
        ours, theirs = (_estimate(metric, cells, z) for cells in (candidate, baseline))
        if ours is not None and theirs is not None:
            made.append(_ratio(metric, theirs, ours) if metric in QUANTILES else _difference(metric, theirs, ours))
    return tuple(made)


def wilson(hits: float, requests: float, z: float) -> tuple[float, float]:
    """Wilson's limits of a rate."""
    if requests <= 0:
        return 0.0, 1.0
    rate, square = hits / requests, z * z
    middle = (rate + square / (2 * requests)) / (1 + square / requests)
    half = z / (1 + square / requests) * sqrt(rate * (1 - rate) / requests + square / (4 * requests * requests))
    return max(0.0, middle - half), min(1.0, middle + half)


def _estimate(metric: Metric, cells: Sequence[Cell], z: float) -> Estimate | None:
    if metric in QUANTILES:
        return _quantile(metric, cells, z)
    counted = [found for cell in cells if (found := _of(metric, cell)) is not None]
    requests = sum(count for _, count in counted)
    if not requests or len(counted) < len(cells):
        return None
    hits = sum(hit for hit, _ in counted)
    fewer = _scatter(counted)
    low, high = wilson(hits / fewer, requests / fewer, z)
    return Estimate(hits / requests, low, high, requests)


def _of(metric: Metric, cell: Cell) -> tuple[int, int] | None:
    hits = {Metric.ERRORS: cell.errors, Metric.TIMEOUTS: cell.timeouts, Metric.EXTRA_ATTEMPTS: cell.extra}[metric]
    return None if hits is None else (hits, cell.attempts)


def _quantile(metric: Metric, cells: Sequence[Cell], z: float) -> Estimate | None:
    parts = [cell.first_chunk if metric in FIRST_CHUNKS else cell.latency for cell in cells]
    whole, share = condensed(parts), QUANTILES[metric]
    count = sum(part.count for part in whole)
    value = pooled_quantile(whole, share)
    if value is None:
        return None
    fewer = _scatter([(part.above(value), part.count) for part in parts])
    half = z * sqrt(share * (1 - share) * fewer / count)
    low = _at(whole, share - half, count)
    high = _at(whole, share + half, count)
    return Estimate(
        value, value if low is None else min(low, value), value if high is None else max(high, value), count
    )


def _at(parts: Sequence[Distribution], share: float, count: int) -> float | None:
    lowest, highest = 1 / count, 1.0
    return pooled_quantile(parts, min(max(share, lowest), highest))


def _scatter(counted: Iterable[tuple[int, int]]) -> float:
    seen = Restless()
    for hits, requests in counted:
        seen.add(hits, requests)
    return max(1.0, seen.factor())


def _difference(metric: Metric, baseline: Estimate, candidate: Estimate) -> Effect:
    value = candidate.value - baseline.value
    down = sqrt((candidate.value - candidate.low) ** 2 + (baseline.high - baseline.value) ** 2)
    up = sqrt((candidate.high - candidate.value) ** 2 + (baseline.value - baseline.low) ** 2)
    return Effect(metric, baseline, candidate, value, max(-1.0, value - down), min(1.0, value + up), ratio=False)


def _ratio(metric: Metric, baseline: Estimate, candidate: Estimate) -> Effect:
    ours, theirs = _logs(candidate), _logs(baseline)
    value = ours[0] - theirs[0]
    down = sqrt((ours[0] - ours[1]) ** 2 + (theirs[2] - theirs[0]) ** 2)
    up = sqrt((ours[2] - ours[0]) ** 2 + (theirs[0] - theirs[1]) ** 2)
    return Effect(metric, baseline, candidate, exp(value), exp(value - down), exp(value + up), ratio=True)


def _logs(estimate: Estimate) -> tuple[float, float, float]:
    value, low, high = (log(max(each, _SMALLEST)) for each in (estimate.value, estimate.low, estimate.high))
    return value, low, high
