"""What the judge says: frozen values, with the evidence that they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cutover_telemetry.judge._counts import Metric
from cutover_telemetry.judge._evidence import Gate
from cutover_telemetry.judge._interval import Interval


class Verdict(StrEnum):
    """How the candidate is beside the control."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    CANNOT_JUDGE = "cannot_judge"


@dataclass(frozen=True, slots=True)
class Need:
    """What a verdict would take at the traffic seen so far; None where no amount that is in reach would do."""

    minutes: int | None
    requests: int | None

    @property
    def short(self) -> str:
        """The same in a word or two, for a table."""
        if self.requests is None:
            return "too much"
        return f"{self.requests:,} requests" if self.minutes is None else _span(self.minutes)

    def __str__(self) -> str:
        if self.requests is None:
            return "more traffic than 90 days would bring"
        if self.minutes is None:
            return f"{self.requests:,} more requests"
        return f"{self.requests:,} more requests, {_span(self.minutes)} at this traffic"


@dataclass(frozen=True, slots=True)
class Rates:
    """Hits and requests of both arms."""

    candidate: tuple[int, int]
    control: tuple[int, int]

    @property
    def of_candidate(self) -> float:
        """The candidate's rate."""
        return self.candidate[0] / self.candidate[1] if self.candidate[1] else 0.0

    @property
    def of_control(self) -> float:
        """The control's rate."""
        return self.control[0] / self.control[1] if self.control[1] else 0.0


@dataclass(frozen=True, slots=True)
class MetricVerdict:
    """One metric.

    Attributes:
        dispersion: How many times wider than independent requests the minutes scatter.
        decided: The minute in which the evidence sufficed, of those in which both arms had requests.
    """

    metric: Metric
    verdict: Verdict
    rates: Rates
    difference: Interval
    margin: float
    e_value: float
    wanted: float
    minutes: int
    dispersion: float
    gate: Gate
    decided: int | None = None
    test: str | None = None
    needs: Need | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All metrics of one provider (or of all together), and what follows from them."""

    subject: str
    verdict: Verdict
    metrics: tuple[MetricVerdict, ...]
    requests: tuple[int, int]
    minutes: int
    reasons: tuple[str, ...]
    needs: Need | None = None
    alpha: float = 0.05


def _span(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes / 60:.0f} h" if minutes < 2880 else f"{minutes / 1440:.0f} days"
