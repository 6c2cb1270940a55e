"""Whether the present stage may be left upwards, or what is missing for it, or why nothing can be said at all."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from cutover_rollout.controller._bench import ALL, Bench
from cutover_rollout.controller._evidence import Certified, Evidence
from cutover_rollout.controller._rollout import Rollout, Verdict
from cutover_telemetry.judge import Judge, Judgement, Metric, MetricVerdict, Pairs, judgement
from cutover_telemetry.judge import Verdict as Judged

STALE_AFTER = 180.0
ENOUGH_EXPECTED = 10.0
STRAYED = "other code than the certificate's was served in this stage; roll back and begin again, or advance by force"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a look says where nothing was found."""

    verdict: Verdict
    why: str


def standing(rollout: Rollout, bench: Bench, evidence: Evidence, at: float) -> Standing:
    """How the stage stands: cannot judge, collecting, hold (for a certificate), or promote."""
    unknown = _unknown(rollout, bench, evidence, at)
    if unknown:
        return Standing(Verdict.CANNOT_JUDGE, unknown)
    held = why_uncertified(rollout, evidence.certified) or (STRAYED if rollout.strayed else "")
    if held:
        return Standing(Verdict.HOLD, held)
    missing = _missing_time(rollout, bench, at) or _missing_evidence(rollout, bench)
    if missing:
        return Standing(Verdict.COLLECTING, missing)
    return Standing(Verdict.PROMOTE, f"no metric is worse than its margin at {following(rollout)}")


def following(rollout: Rollout) -> str:
    """The name of the stage after the present one."""
    return rollout.plan.stages[rollout.stage + 1].name


def why_uncertified(rollout: Rollout, certified: Certified | None) -> str:
    """Why the certificate does not allow to promote; "" where it does, or where none is wanted."""
    if certified is not None and certified.revision != rollout.revision:
        return "the code is not what this rollout began with; `rollback` and `start`, or put the code back"
    if not rollout.plan.certificate:
        return ""
    if certified is None:
        return "there is no parity certificate for these revisions"
    return "" if certified.valid else f"the parity certificate is not valid: {certified.problem or 'no reason given'}"


def silence(rollout: Rollout, bench: Bench, evidence: Evidence, at: float) -> float:
    """Seconds since the last record."""
    if evidence.silent is not None:
        return evidence.silent
    return at - (rollout.since if bench.last is None else max(rollout.since, 60.0 * (bench.last + 1)))


def _unknown(rollout: Rollout, bench: Bench, evidence: Evidence, at: float) -> str:
    silent = silence(rollout, bench, evidence, at)
    if silent > STALE_AFTER:
        return f"no data: nothing was recorded for {silent / 60:.0f} minutes"
    if rollout.at_stage.shadow:
        return "" if bench.requests or at - rollout.since < STALE_AFTER else "no data: the shadow has no pairs"
    return _unsplit(rollout, bench)


def _unsplit(rollout: Rollout, bench: Bench) -> str:
    judges = _judges(bench)
    candidate = sum(judge.requests[0] for judge in bench.own.values())
    control = sum(judge.requests[1] for judge in bench.own.values())
    expected = rollout.share * (candidate + control)
    if judges and candidate == 0 and expected >= ENOUGH_EXPECTED:
        return f"the candidate had no requests, where its share is {expected:,.0f}"
    if judges and control == 0 and candidate >= ENOUGH_EXPECTED:
        return "the control had no requests: there is nothing to compare with"
    if bench.split.mismatch:
        return (
            f"the candidate got {bench.split.candidate:,} requests where its share is {bench.split.expected:,.0f} "
            f"(evidence {exp(min(bench.split.log_e, log(1e9))):,.0f} to 1); find what chooses among the requests: "
            "routes without a key, tenants, a rule of somebody's"
        )
    return ""


def _missing_time(rollout: Rollout, bench: Bench, at: float) -> str:
    stage, minutes = rollout.at_stage, (at - rollout.since) / 60
    what = "pairs" if stage.shadow else "requests of the candidate"
    if minutes >= stage.minutes and bench.requests >= stage.requests:
        return "" if bench.requests else f"no {what} yet"
    return f"{minutes:.0f} of {stage.minutes:.0f} minutes, {bench.requests:,} of {stage.requests:,} {what}"


def _missing_evidence(rollout: Rollout, bench: Bench) -> str:
    if rollout.at_stage.shadow:
        return _missing_pairs(rollout, bench)
    judges = _judges(bench)
    total = sum(sum(judge.requests) for judge in bench.own.values())
    for judge in judges:
        part = 1.0 if judge is bench.whole or len(judges) == 1 else sum(judge.requests) / max(total, 1)
        missing = _not_within(rollout, judge, judgement(judge), part=part)
        if missing:
            return missing
    return ""


def _judges(bench: Bench) -> list[Judge]:
    return [*([] if bench.whole is None else [bench.whole]), *bench.own.values()]


def _not_within(rollout: Rollout, judge: Judge, told: Judgement, *, part: float) -> str:
    """What keeps a judge's metrics from being within their margins; a provider's count by its part of the requests."""
    for one in told.metrics:
        allowed = rollout.plan.margin(one.metric, rollout.at_stage) / part if part else 1.0
        if one.verdict is not Judged.BETTER and one.difference.high > allowed:
            return _not_yet(judge, one, allowed)
        if one.e_value > sqrt(one.wanted):
            return f"{_whose(judge)}{one.metric.value}: the evidence against the candidate is {one.e_value:,.0f} to 1"
    return ""


def _not_yet(judge: Judge, one: MetricVerdict, allowed: float) -> str:
    needs = "" if one.needs is None else f"; about {one.needs} to go"
    return (
        f"{_whose(judge)}{one.metric.value}: up to {one.difference.high * 100:.2g} points worse cannot be excluded,"
        f" {allowed * 100:.2g} are allowed{needs}"
    )


def _whose(judge: Judge) -> str:
    return "" if judge.subject == "all" else f"{judge.subject}: "


def _missing_pairs(rollout: Rollout, bench: Bench) -> str:
    errors = rollout.plan.margin(Metric.ERRORS, rollout.at_stage) if Metric.ERRORS in rollout.plan.metrics else 1.0
    every = [pairs for name, pairs in bench.pairs.items() if name == ALL] or list(bench.pairs.values())
    for pairs in every:
        high = upper_difference(pairs)
        if high > errors:
            return f"up to {high:.2%} of the pairs more could fail in the candidate, {errors:.2%} are allowed"
    return ""


def upper_difference(pairs: Pairs, *, level: float = 0.95, prior: float = 5.0) -> float:
    """The upper limit of the difference in a shadow, valid at every look (the normal mixture, as for minutes)."""
    if pairs.pairs == 0:
        return 1.0
    spread = pairs.candidate_only + pairs.control_only + prior
    half = sqrt(spread * (2 * log(1 / (1 - level)) + log(spread / prior))) / pairs.pairs
    return min(1.0, pairs.difference + half)
