"""From evidence to a judgement: better, same, worse, or cannot judge and what that would take."""

from __future__ import annotations

from math import exp, log

from cutover_telemetry.judge._counts import Metric
from cutover_telemetry.judge._evidence import Evidence, Gate
from cutover_telemetry.judge._interval import interval, minutes_until
from cutover_telemetry.judge._judge import Contest, Judge
from cutover_telemetry.judge._verdicts import Judgement, MetricVerdict, Need, Verdict

_LARGEST = 700.0


def judgement(judge: Judge) -> Judgement:
    """What may be said now; it may be asked for at every minute."""
    metrics = tuple(
        _metric(judge, metric, contest) for metric, contest in judge.contests.items() if _told(metric, contest)
    )
    verdict, reasons = _overall(judge, metrics)
    needs = _largest(metrics) if verdict is Verdict.CANNOT_JUDGE else None
    return Judgement(
        judge.subject, verdict, metrics, judge.requests, judge.minutes, reasons, needs, alpha=judge.plan.alpha
    )


def _told(metric: Metric, contest: Contest) -> bool:
    return metric is Metric.ERRORS or contest.candidate[1] > 0 or contest.control[1] > 0


def _metric(judge: Judge, metric: Metric, contest: Contest) -> MetricVerdict:
    plan, evidence = judge.plan.metrics[metric], contest.worse
    told = interval(evidence.dispersion, level=judge.plan.interval)
    verdict, decided, reason = _decide(judge, contest, high=told.high, margin=plan.margin)
    needs = _need(judge, evidence, plan.margin) if verdict is Verdict.CANNOT_JUDGE else None
    return MetricVerdict(
        metric=metric,
        verdict=verdict,
        rates=contest.rates,
        difference=told,
        margin=plan.margin,
        e_value=decided.found.e_value if decided and decided.found else exp(min(evidence.log_e, _LARGEST)),
        wanted=1 / evidence.alpha,
        minutes=evidence.dispersion.minutes,
        dispersion=evidence.factor,
        gate=evidence.gate(evidence.factor),
        decided=decided.found.minute if decided and decided.found else None,
        test=decided.found.test if decided and decided.found else None,
        needs=needs,
        reason=reason,
    )


def _decide(judge: Judge, contest: Contest, *, high: float, margin: float) -> tuple[Verdict, Evidence | None, str]:
    if judge.split.mismatch:
        return Verdict.CANNOT_JUDGE, None, "the arms do not get the requests that they were to get"
    if contest.worse.dispersion.minutes == 0:
        return Verdict.CANNOT_JUDGE, None, "no minute in which both arms had requests"
    if contest.worse.found is not None:
        return Verdict.WORSE, contest.worse, ""
    if contest.better.found is not None:
        return Verdict.BETTER, contest.better, ""
    if high <= margin:
        return Verdict.SAME, None, ""
    held = contest.worse.gate(contest.worse.factor)
    if contest.worse.log_e >= log(1 / contest.worse.alpha) and held is not Gate.OPEN:
        return Verdict.CANNOT_JUDGE, None, f"held back: {held.value}"
    return Verdict.CANNOT_JUDGE, None, "not enough requests to exclude a difference above the margin"


def _need(judge: Judge, evidence: Evidence, margin: float) -> Need:
    minutes = minutes_until(evidence.dispersion, margin=margin, level=judge.plan.interval)
    if minutes is None:
        return Need(None, None)
    return Need(minutes, round(minutes * sum(judge.requests) / max(judge.minutes, 1)))


def _overall(judge: Judge, metrics: tuple[MetricVerdict, ...]) -> tuple[Verdict, tuple[str, ...]]:
    if sum(judge.requests) == 0:
        return Verdict.CANNOT_JUDGE, ("no requests",)
    for arm, count in zip(("candidate", "control"), judge.requests, strict=True):
        if count == 0:
            return Verdict.CANNOT_JUDGE, (f"the {arm} had no requests",)
    if judge.split.mismatch:
        return Verdict.CANNOT_JUDGE, (_mismatch(judge),)
    return _of_metrics(judge, metrics)


def _of_metrics(judge: Judge, metrics: tuple[MetricVerdict, ...]) -> tuple[Verdict, tuple[str, ...]]:
    named = {verdict: [one.metric.value for one in metrics if one.verdict is verdict] for verdict in Verdict}
    if judge.outage.found is not None:
        return Verdict.WORSE, (f"no request of the candidate was answered for {judge.outage.failures} in a row",)
    if named[Verdict.WORSE]:
        return Verdict.WORSE, tuple(f"{name} are worse" if name[-1] == "s" else f"{name} is worse"
                                    for name in named[Verdict.WORSE])  # fmt: skip
    if named[Verdict.CANNOT_JUDGE]:
        return Verdict.CANNOT_JUDGE, ("not yet known: " + ", ".join(named[Verdict.CANNOT_JUDGE]),)
    if named[Verdict.BETTER]:
        return Verdict.BETTER, ("better: " + ", ".join(named[Verdict.BETTER]),)
    return Verdict.SAME, ("every difference is within its margin",)


def _mismatch(judge: Judge) -> str:
    return (
        f"the candidate got {judge.split.candidate:,} requests where its share is {judge.split.expected:,.0f} "
        f"(evidence {exp(min(judge.split.log_e, log(1e9))):,.0f} to 1); find what chooses among the requests"
    )


def _largest(metrics: tuple[MetricVerdict, ...]) -> Need | None:
    needs = [one.needs for one in metrics if one.needs is not None]
    if not needs:
        return None
    return max(needs, key=lambda need: float("inf") if need.minutes is None else need.minutes)
