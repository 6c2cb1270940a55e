"""What is compared: how many of how many, in both arms, in one minute.

A *stratum* is one provider in one minute. Within it both arms met the same upstream at the same time, so that whatever
moves both (an incident, the time of day) is in the totals, on which every statistic here is conditioned.

Example: ``Counts(candidate=(4, 300), control=(3, 300)).score``  ->  0.5
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cutover_telemetry.judge._errors import NotCounts

Of = tuple[int, int]


class Metric(StrEnum):
    """What is judged. Latencies are shares of requests above a quantile of the control."""

    ERRORS = "errors"
    TIMEOUTS = "timeouts"
    EXTRA_ATTEMPTS = "extra attempts"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    FIRST_CHUNK_P50 = "first chunk p50"
    FIRST_CHUNK_P95 = "first chunk p95"


QUANTILES: Mapping[Metric, float] = {
    Metric.P50: 0.50,
    Metric.P95: 0.95,
    Metric.P99: 0.99,
    Metric.FIRST_CHUNK_P50: 0.50,
    Metric.FIRST_CHUNK_P95: 0.95,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """One stratum of one metric: (how many, of how many) in each arm."""

    candidate: Of
    control: Of

    def __post_init__(self) -> None:
        for arm, (hits, requests) in (("candidate", self.candidate), ("control", self.control)):
            if not 0 <= hits <= requests:
                raise NotCounts(self, reason=f"{hits} of {requests} in the {arm} arm")

    @property
    def requests(self) -> int:
        """The requests of both arms."""
        return self.candidate[1] + self.control[1]

    @property
    def hits(self) -> int:
        """The hits of both arms."""
        return self.candidate[0] + self.control[0]

    @property
    def judged(self) -> bool:
        """Whether both arms had requests; else the stratum says nothing about a difference."""
        return self.candidate[1] > 0 and self.control[1] > 0

    @property
    def score(self) -> float:
        """Hits of the candidate above what its share of the requests would give it."""
        return self.candidate[0] - self.candidate[1] * self.hits / self.requests if self.judged else 0.0

    @property
    def variance(self) -> float:
        """The score's variance where the arms are alike: that of the hypergeometric distribution."""
        total, hits = self.requests, self.hits
        if not self.judged or total < 2:
            return 0.0
        return self.candidate[1] * self.control[1] * hits * (total - hits) / (total * total * (total - 1))

    @property
    def exposure(self) -> float:
        """How much a difference of one in the rates would show in the score."""
        return self.candidate[1] * self.control[1] / self.requests if self.judged else 0.0

    @property
    def third_moment(self) -> float:
        """How lopsided the score is where the arms are alike: positive if the candidate has the smaller share."""
        if not self.judged:
            return 0.0
        return self.variance * (self.control[1] - self.candidate[1]) / self.requests

    def swapped(self) -> Counts:
        """The arms changed about, for the question whether the candidate is better."""
        return Counts(self.control, self.candidate)


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of both arms: the strata of each metric, the requests of each arm, and the share that was set.

    `share` is the part of the requests that the candidate was to get, None where it is not known. `provisional` are
    metrics whose threshold was of this minute alone, so that their rates are not those of the minutes after it.
    """

    at: int
    counts: Mapping[Metric, tuple[Counts, ...]]
    candidate: int = 0
    control: int = 0
    share: float | None = None
    provisional: frozenset[Metric] = frozenset()
