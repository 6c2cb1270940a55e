"""The judge of one provider, or of all together: minutes go in, a judgement may be asked for after each.

judge = Judge("groq")
judge.add(Minute(0, {Metric.ERRORS: (Counts((4, 300), (3, 300)),)}, candidate=300, control=300, share=0.5))
judge.judgement().verdict

It never forgets what it found: once the evidence sufficed, later luck does not take it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cutover_telemetry.judge._counts import Counts, Metric, Minute
from cutover_telemetry.judge._dispersion import CALM, SLACK
from cutover_telemetry.judge._evidence import BUSY, JUMP, Evidence, Milestone
from cutover_telemetry.judge._outage import Outage
from cutover_telemetry.judge._plan import JudgePlan
from cutover_telemetry.judge._restless import Restless
from cutover_telemetry.judge._split import Split
from cutover_telemetry.judge._verdicts import Rates

_MODERATE_BY = {
    Metric.P50: Metric.P95,
    Metric.P95: Metric.P95,
    Metric.P99: Metric.P95,
    Metric.FIRST_CHUNK_P50: Metric.FIRST_CHUNK_P95,
    Metric.FIRST_CHUNK_P95: Metric.FIRST_CHUNK_P95,
}


@dataclass(slots=True)
class Contest:
    """One metric: the evidence in both directions, and the totals."""

    worse: Evidence
    better: Evidence
    restless: bool = False
    candidate: tuple[int, int] = (0, 0)
    control: tuple[int, int] = (0, 0)
    arms: tuple[Restless, Restless] = field(default_factory=lambda: (Restless(), Restless()))

    def add(self, strata: tuple[Counts, ...], *, moderate: bool, settled: bool = True) -> None:
        """Count one minute; without a stratum there was nothing of the kind."""
        if not strata:
            return
        both = _sum(strata)
        if settled:
            for arm, (hits, requests) in zip(self.arms, (both.candidate, both.control), strict=True):
                arm.add(hits, requests)
        before = self.restless or self.arms[1].plain
        restless = before or self.arms[0].plain
        self.worse.patient = self.better.patient = before
        self.worse.slack = self.better.slack = 0.0 if restless else SLACK
        self.worse.quick = self.worse.quick and not restless
        self.worse.add(strata, moderate=moderate)
        self.better.add((counts.swapped() for counts in strata), moderate=False)
        self.candidate = _plus(self.candidate, both.candidate)
        self.control = _plus(self.control, both.control)

    @property
    def rates(self) -> Rates:
        """The totals."""
        return Rates(self.candidate, self.control)


@dataclass(slots=True)
class Judge:
    """Evidence on every metric of one subject.

    `restless` names the metrics that were seen to jump about before, in an earlier stage or in the control alone.
    """

    subject: str = "all"
    plan: JudgePlan = field(default_factory=JudgePlan)
    restless: frozenset[Metric] = frozenset()
    minutes: int = 0
    last: int | None = None
    requests: tuple[int, int] = (0, 0)
    contests: dict[Metric, Contest] = field(default_factory=dict)
    outage: Outage = field(init=False)
    split: Split = field(default_factory=Split)

    def __post_init__(self) -> None:
        self.outage = Outage(self.plan.outage * self.plan.alpha)
        for metric in self.plan.metrics:
            self.contests[metric] = Contest(
                self._evidence(metric), self._evidence(metric), restless=metric in self.restless
            )

    def add(self, minute: Minute) -> None:
        """Count one minute and look at every metric."""
        self.minutes += 1
        self.last = minute.at
        self.requests = _plus(self.requests, (minute.candidate, minute.control))
        if minute.share is not None:
            self.split.add(minute.candidate, minute.candidate + minute.control, share=minute.share)
        for metric, contest in self.contests.items():
            settled = metric not in minute.provisional
            contest.add(minute.counts.get(metric, ()), moderate=_moderate(metric, minute), settled=settled)
        self.outage.add(_sum(minute.counts.get(Metric.ERRORS, ())))

    @property
    def found_worse(self) -> bool:
        """Whether the evidence against the candidate was ever enough."""
        return self.outage.found is not None or any(one.worse.found is not None for one in self.contests.values())

    @property
    def seen_restless(self) -> frozenset[Metric]:
        """The metrics that jumped about, for the judge of the next stage."""
        return frozenset(
            metric
            for metric, contest in self.contests.items()
            if contest.restless or any(arm.plain for arm in contest.arms) or contest.worse.factor > CALM
        )

    def _evidence(self, metric: Metric) -> Evidence:
        own, alpha = self.plan.metrics[metric], self.plan.alpha
        milestones = tuple(
            Milestone(minute, alpha * own.milestones * part)
            for minute, part in self.plan.milestones.items()
            if own.milestones
        )
        quick = own.quick and metric not in self.restless
        return Evidence(alpha * own.part, milestones, quick, guard=self.plan.guard, least=own.least)


def _moderate(metric: Metric, minute: Minute) -> bool:
    strata = minute.counts.get(_MODERATE_BY.get(metric, metric), ())
    hits, requests = _sum(strata).candidate
    return requests >= BUSY and hits <= JUMP * requests


def _sum(strata: tuple[Counts, ...]) -> Counts:
    if len(strata) == 1:
        return strata[0]
    ours, theirs = [counts.candidate for counts in strata], [counts.control for counts in strata]
    return Counts(_added(ours), _added(theirs))


def _added(some: list[tuple[int, int]]) -> tuple[int, int]:
    return sum([hits for hits, _ in some]), sum([requests for _, requests in some])


def _plus(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] + right[0], left[1] + right[1]
