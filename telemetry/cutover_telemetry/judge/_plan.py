"""What is judged and how strictly: metrics, their parts of the error probability, and the margins of "same".

Parts add up to one. The default is for a team that wants to know first whether more requests fail; a part that one
metric gets is taken from another's, which the reference page shows in figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cutover_telemetry.judge._counts import Metric
from cutover_telemetry.judge._evidence import USUAL, Guard
from cutover_telemetry.judge._ledger import ALPHA


@dataclass(frozen=True, slots=True)
class MetricPlan:
    """One metric: its part for the e-value, for the milestones, and the difference of rates that is still "same".

    A difference below `least` is never called worse (or better), however certain it is.
    """

    part: float
    margin: float
    milestones: float = 0.0
    quick: bool = False
    least: float = 0.0


DEFAULT_METRICS: Mapping[Metric, MetricPlan] = {
    Metric.ERRORS: MetricPlan(0.09, 0.005, milestones=0.71),
    Metric.TIMEOUTS: MetricPlan(0.01, 0.005),
    Metric.EXTRA_ATTEMPTS: MetricPlan(0.02, 0.01),
    Metric.P50: MetricPlan(0.07, 0.05, quick=True, least=0.05),
    Metric.P95: MetricPlan(0.04, 0.02, quick=True, least=0.02),
    Metric.P99: MetricPlan(0.01, 0.01, quick=True, least=0.01),
    Metric.FIRST_CHUNK_P50: MetricPlan(0.01, 0.05, quick=True, least=0.05),
    Metric.FIRST_CHUNK_P95: MetricPlan(0.01, 0.02, quick=True, least=0.02),
}
DEFAULT_MILESTONES: Mapping[int, float] = {4: 0.08, 60: 0.87, 240: 0.05}


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """The judge's settings for one stage; `alpha` is what the ledger gave it."""

    alpha: float = ALPHA
    metrics: Mapping[Metric, MetricPlan] = field(default_factory=lambda: DEFAULT_METRICS)
    milestones: Mapping[int, float] = field(default_factory=lambda: DEFAULT_MILESTONES)
    outage: float = 0.03
    interval: float = 0.95
    guard: Guard = USUAL

    @property
    def parts(self) -> float:
        """What all parts add up to."""
        return self.outage + sum(each.part + each.milestones for each in self.metrics.values())
