"""Traffic of two arms as minutes of counts, from a seed: what the judge's figures are measured on.

Example: ``list(Traffic(per_minute=60, share=0.5).minutes(60, dice=Random(1)))``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, log
from random import Random
from statistics import NormalDist

from cutover_telemetry.judge._counts import QUANTILES, Counts, Metric, Minute
from cutover_telemetry.judge.simulate._draw import binomial, poisson
from cutover_telemetry.judge.simulate._weather import Sky, Weather, calm

LATENCIES = (Metric.P50, Metric.P95, Metric.P99)
_NORMAL = NormalDist()
Tail = Callable[[float, float], float]


def log_normal(sigma: float) -> Tail:
    """Give the part of the requests above a quantile of the control when latency is multiplied."""

    def above(quantile: float, slower: float) -> float:
        return 1 - _NORMAL.cdf(_NORMAL.inv_cdf(quantile) - log(slower) / sigma)

    return above


def pareto(index: float) -> Tail:
    """The same for a power law; below an index of 2 it has no variance, at 1 and below no mean."""

    def above(quantile: float, slower: float) -> float:
        return min(1.0, (1 - quantile) * exp(index * log(slower)))

    return above


_USUAL = log_normal(0.5)


@dataclass(frozen=True)
class Traffic:
    """Requests per minute of both arms together, the candidate's share, and what may happen to them.

    `batch` is how many requests fail together (a tenant's retries, one bad connection); 1 is independent failures.
    """

    per_minute: float
    share: float = 0.5
    failing: float = 0.01
    weather: Weather = calm
    tail: Tail = _USUAL
    batch: float = 1.0
    timeouts: float = 0.3
    retried: float = 0.8
    wave: Callable[[int], float] = lambda _: 1.0
    ramp: Callable[[int], float] | None = None

    def minutes(self, minutes: int, *, dice: Random) -> Iterator[Minute]:
        """So many minutes, one after the other."""
        candidate, control = self.weather(dice, minutes, self.failing)
        for at in range(minutes):
            share = self.share if self.ramp is None else self.ramp(at)
            total = poisson(dice, self.per_minute * self.wave(at))
            asked = binomial(dice, total, share)
            ours, theirs = self._arm(dice, asked, candidate[at]), self._arm(dice, total - asked, control[at])
            yield Minute(at, _beside(ours, theirs), candidate=asked, control=total - asked, share=share)

    def _arm(self, dice: Random, requests: int, sky: Sky) -> dict[Metric, tuple[int, int]]:
        errors = self._failures(dice, requests, sky.failing)
        answered, above, passed = requests - errors, requests - errors, 1.0
        found = {
            Metric.ERRORS: (errors, requests),
            Metric.TIMEOUTS: (binomial(dice, errors, self.timeouts), requests),
            Metric.EXTRA_ATTEMPTS: (binomial(dice, errors, self.retried), requests),
        }
        for metric in LATENCIES:
            part = self.tail(QUANTILES[metric], round(sky.slower, 4))
            above, passed = binomial(dice, above, part / passed if passed > 0 else 0.0), part
            found[metric] = (above, answered)
        return found

    def _failures(self, dice: Random, requests: int, failing: float) -> int:
        if self.batch <= 1:
            return binomial(dice, requests, failing)
        failed = 0
        for _ in range(poisson(dice, requests * failing / self.batch)):
            failed += 1 + poisson(dice, self.batch - 1)
        return min(requests, failed)


def _beside(
    ours: dict[Metric, tuple[int, int]], theirs: dict[Metric, tuple[int, int]]
) -> dict[Metric, tuple[Counts, ...]]:
    return {metric: (Counts(ours[metric], theirs[metric]),) for metric in ours}
