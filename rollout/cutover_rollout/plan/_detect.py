"""What each stage of a plan could find at the traffic that was seen, by the judge's own rules.

``detectability(default_plan(), seen).stages[1].subjects[0].errors``  ->  the part that has to fail, to be found
"""

from __future__ import annotations

from dataclasses import dataclass

from cutover_rollout.plan import _typical
from cutover_rollout.plan._judging import judge_plan
from cutover_rollout.plan._records import RolloutPlan
from cutover_rollout.plan._stages import Stage
from cutover_rollout.plan._traffic import ProviderTraffic, SeenTraffic
from cutover_rollout.plan._typical import Arms
from cutover_telemetry.judge import QUANTILES, JudgePlan, Metric

ALL = "all"
SLOWEST = 20.0
ALIKE = 1.001
LATENCIES = (Metric.P50, Metric.P95, Metric.P99)


@dataclass(frozen=True, slots=True)
class Findable:
    """What is found in four runs of five, of one provider or of all together; None is what cannot be found.

    Attributes:
        subject: The provider, or "all".
        per_minute: Its attempts a minute, of both arms.
        failing: The part of them that fails now.
        errors: The part of the candidate's that has to fail; in a shadow, where the control's do not.
        slower: How many times longer the candidate's answers have to take.
        outage: Attempts of the candidate until a total failure is certain, and minutes until then.
    """

    subject: str
    per_minute: float
    failing: float
    errors: float | None
    slower: float | None = None
    outage: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """One stage: how long it takes, and what it could find.

    Attributes:
        stage: The stage.
        alpha: The error probability that it has.
        per_minute: Attempts a minute of the candidate (pairs, in a shadow stage).
        requests_after: Minutes until the candidate has the least requests; None: never at this traffic.
        same_after: Minutes until arms that are alike are known to be within the margin; None: not in 90 days.
        minutes: How long it takes if the arms are alike; None: it would never end.
        subjects: What could be found: all together first, where there are several providers.
    """

    stage: Stage
    alpha: float
    per_minute: float
    requests_after: float | None
    same_after: float | None
    minutes: float | None
    subjects: tuple[Findable, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """All stages of a plan at this traffic."""

    traffic: SeenTraffic
    stages: tuple[StageOutlook, ...]

    @property
    def minutes(self) -> float | None:
        """From the beginning to 100 %, if the arms are alike; None: one of the stages would never end."""
        each = [outlook.minutes for outlook in self.stages if outlook.stage.judged]
        return None if None in each else sum(one for one in each if one is not None)


def detectability(plan: RolloutPlan, traffic: SeenTraffic) -> Outlook:
    """What each stage could find at this traffic, and how long it takes if the arms are alike."""
    seen = traffic.of(plan.providers)
    parts = zip(plan.stages, plan.parts, strict=True)
    return Outlook(seen, tuple(_outlook(plan, stage, seen, alpha=part * plan.alpha) for stage, part in parts))


def _outlook(plan: RolloutPlan, stage: Stage, seen: SeenTraffic, *, alpha: float) -> StageOutlook:
    candidate = seen.per_minute * (1.0 if stage.shadow else stage.share)
    enough = stage.requests / candidate if candidate else (None if stage.requests else 0.0)
    same = _same_after(plan, stage, seen) if 0 < stage.share < 1 else 0.0
    minutes = None if enough is None or same is None else max(stage.minutes, enough, same)
    reached = max(stage.minutes, enough or 0.0) if minutes is None else minutes
    subjects = _subjects(plan, stage, seen, alpha=alpha, minutes=reached) if stage.judged else ()
    return StageOutlook(stage, alpha, candidate, enough, same, minutes, subjects)


def _same_after(plan: RolloutPlan, stage: Stage, seen: SeenTraffic) -> float | None:
    arms = Arms(seen.per_minute, stage.share)
    rates = {Metric.ERRORS: seen.failing}
    if any(each.latency.count for each in seen.providers):
        rates |= {metric: 1 - QUANTILES[metric] for metric in LATENCIES}
    longest = 0.0
    for metric in rates.keys() & plan.metrics.keys():
        after = _typical.same_after(arms, rate=rates[metric], margin=plan.margin(metric, stage), level=LEVEL)
        if after is None:
            return None
        longest = max(longest, after)
    return longest


LEVEL = JudgePlan().interval


def _subjects(
    plan: RolloutPlan, stage: Stage, seen: SeenTraffic, *, alpha: float, minutes: float
) -> tuple[Findable, ...]:
    several = len(seen.providers) > 1
    own = alpha / 2 / len(seen.providers) if several else alpha
    asked: list[tuple[tuple[ProviderTraffic, ...], float]] = [((each,), own) for each in seen.providers]
    if several:
        asked.insert(0, (seen.providers, alpha / 2))
    return tuple(
        _of_shadow(some, alpha=part, minutes=minutes)
        if stage.shadow
        else _of_arms(some, judge_plan(plan, part, stage=stage), share=stage.share, minutes=minutes)
        for some, part in asked
    )


def _of_shadow(providers: tuple[ProviderTraffic, ...], *, alpha: float, minutes: float) -> Findable:
    seen = SeenTraffic(0, providers)
    alone = _typical.pairs_found(alpha=alpha, per_minute=seen.per_minute, minutes=minutes)
    return Findable(_name(providers), seen.per_minute, seen.failing, alone)


def _of_arms(providers: tuple[ProviderTraffic, ...], plan: JudgePlan, *, share: float, minutes: float) -> Findable:
    seen = SeenTraffic(0, providers)
    arms, control = Arms(seen.per_minute, share), seen.failing

    def failing(rate: float) -> bool:
        return _typical.found(arms, Metric.ERRORS, plan, control=control, candidate=rate, minutes=minutes)

    def slower(times: float) -> bool:
        told = [metric for metric in LATENCIES if metric in plan.metrics]
        return any(
            _typical.found(arms, metric, plan, control=1 - QUANTILES[metric], candidate=above, minutes=minutes)
            for metric in told
            if (above := _above(providers, QUANTILES[metric], times)) is not None
        )

    errors = _typical.least(failing, low=max(control * ALIKE, 1e-5), high=1.0)
    outage = _typical.total_failure(arms, alpha=plan.alpha * plan.outage, control=control)
    times = _typical.least(slower, low=ALIKE, high=SLOWEST)
    return Findable(_name(providers), seen.per_minute, control, errors, times, outage)


def _above(providers: tuple[ProviderTraffic, ...], quantile: float, times: float) -> float | None:
    """The part of the answers above this quantile of the control, if each takes so many times as long."""
    above = weights = 0.0
    for each in providers:
        value = each.latency.quantile(quantile)
        if value is not None:
            above += each.per_minute * each.latency.above(value / times) / each.latency.count
            weights += each.per_minute
    return above / weights if weights else None


def _name(providers: tuple[ProviderTraffic, ...]) -> str:
    return providers[0].provider if len(providers) == 1 else ALL
