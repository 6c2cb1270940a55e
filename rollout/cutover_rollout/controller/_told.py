"""What a decision rests on, as JSON for the audit: effect sizes, intervals, counts, the split and the ledger."""

from __future__ import annotations

from math import exp
from typing import Any

from cutover_rollout.controller._bench import Bench
from cutover_rollout.controller._ready import upper_difference
from cutover_rollout.controller._rollout import Rollout
from cutover_telemetry.judge import Judgement, Metric, MetricVerdict, Need, Pairs, judgement

WORTH_TELLING = 10.0
_LARGEST = 700.0


def told(rollout: Rollout, at: float) -> dict[str, Any]:
    """The evidence of the present stage: all together with every metric, each provider with errors and what is odd."""
    bench, stage = rollout.bench, rollout.at_stage
    made: dict[str, Any] = {
        "stage": {"name": stage.name, "share": stage.share, "since": rollout.since, "seconds": at - rollout.since},
        "alpha": rollout.alpha,
        "ledger": rollout.ledger.to_json(),
        "quarantined": dict(rollout.quarantined),
    }
    if bench is None:
        return made
    made |= {"last_minute": bench.last, "requests": bench.requests, "split": _split(bench)}
    judges = [*([] if bench.whole is None else [bench.whole]), *bench.own.values()]
    if stage.shadow:
        made["pairs"] = {name: _pairs(pairs) for name, pairs in bench.pairs.items()}
    elif stage.share < 1:
        made["subjects"] = [_subject(judgement(judge), whole=not number) for number, judge in enumerate(judges)]
    else:
        made["fall"] = {"minutes": bench.fall.minutes, "failures": bench.fall.failures}
    return made


def _subject(told: Judgement, *, whole: bool) -> dict[str, Any]:
    shown = [one for one in told.metrics if whole or one.metric is Metric.ERRORS or one.e_value > WORTH_TELLING]
    return {
        "subject": told.subject,
        "verdict": told.verdict.value,
        "requests": list(told.requests),
        "minutes": told.minutes,
        "reasons": list(told.reasons),
        "alpha": told.alpha,
        "needs": _needs(told.needs),
        "metrics": [_metric(one) for one in shown],
    }


def _metric(one: MetricVerdict) -> dict[str, Any]:
    return {
        "metric": one.metric.value,
        "verdict": one.verdict.value,
        "candidate": list(one.rates.candidate),
        "control": list(one.rates.control),
        "difference": {"estimate": one.difference.estimate, "low": one.difference.low, "high": one.difference.high},
        "margin": one.margin,
        "e_value": one.e_value,
        "wanted": one.wanted,
        "decided": one.decided,
        "test": one.test,
        "gate": one.gate.value,
        "dispersion": one.dispersion,
        "needs": _needs(one.needs),
        "reason": one.reason,
    }


def _needs(need: Need | None) -> dict[str, int | None] | None:
    return None if need is None else {"minutes": need.minutes, "requests": need.requests}


def _split(bench: Bench) -> dict[str, Any]:
    split = bench.split
    return {
        "candidate": split.candidate,
        "expected": split.expected,
        "evidence": exp(min(split.log_e, _LARGEST)),
        "mismatch": split.mismatch,
    }


def _pairs(pairs: Pairs) -> dict[str, Any]:
    return {
        "pairs": pairs.pairs,
        "candidate_only": pairs.candidate_only,
        "control_only": pairs.control_only,
        "difference": pairs.difference,
        "upper": upper_difference(pairs),
        "e_value": exp(min(pairs.log_e, _LARGEST)),
        "wanted": 1 / pairs.alpha,
        "decided": pairs.found,
    }
