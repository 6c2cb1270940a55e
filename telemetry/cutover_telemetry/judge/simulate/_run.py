"""One simulated rollout: stages with a ledger, one restart in the middle, looked at after each minute.

Example: ``rollout(Traffic(60), stages=(Stage(0.5, 60),), seed=1).found``
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random

from cutover_telemetry.judge._counts import Metric
from cutover_telemetry.judge._judge import Judge
from cutover_telemetry.judge._ledger import Ledger, stage_weights
from cutover_telemetry.judge._plan import JudgePlan
from cutover_telemetry.judge._state import judge_from_json, judge_to_json
from cutover_telemetry.judge.simulate._traffic import Traffic


@dataclass(frozen=True, slots=True)
class Stage:
    """A share for so many minutes."""

    share: float
    minutes: int


FIVE = (Stage(0.01, 60), Stage(0.05, 60), Stage(0.25, 60), Stage(0.5, 60), Stage(0.5, 60))
ONE = (Stage(0.5, 60),)


@dataclass(frozen=True, slots=True)
class Ended:
    """When the candidate was found worse (minutes from the beginning, its requests until then), by which metrics."""

    found: int | None
    requests: int
    by: tuple[str, ...] = ()


def rollout(
    traffic: Traffic,
    *,
    stages: tuple[Stage, ...] = ONE,
    seed: int,
    plan: JudgePlan | None = None,
    restart: bool = False,
) -> Ended:
    """Run all stages, or until the candidate is found worse."""
    plan, dice, ledger = plan or JudgePlan(), Random(seed), Ledger()  # noqa: S311  figures have to repeat
    weights = stage_weights(tuple(stage.share for stage in stages))
    passed, requests, restless = 0, 0, frozenset[Metric]()
    for number, (stage, weight) in enumerate(zip(stages, weights, strict=True)):
        ledger, alpha = ledger.take(f"stage {number}", weight=weight)
        judge = Judge(plan=replace(plan, alpha=alpha), restless=restless)
        shared = traffic if len(stages) == 1 and traffic.ramp else replace(traffic, share=stage.share)
        for minute in shared.minutes(stage.minutes, dice=dice):
            judge.add(minute)
            passed, requests = passed + 1, requests + minute.candidate
            if judge.found_worse:
                return Ended(passed, requests, reasons(judge))
            if restart and minute.at == stage.minutes // 2:
                judge, ledger = _restarted(judge, ledger)
        restless = judge.seen_restless
    return Ended(None, requests)


def reasons(judge: Judge) -> tuple[str, ...]:
    """The metrics that were found worse, each with its test."""
    named = [
        f"{metric.value}: {contest.worse.found.test}"
        for metric, contest in judge.contests.items()
        if contest.worse.found is not None
    ]
    return (*named, *(["outage"] if judge.outage.found is not None else []))


def alarms(traffic: Traffic, *, stages: tuple[Stage, ...], seeds: range, plan: JudgePlan | None = None) -> list[Ended]:
    """One rollout for each seed."""
    return [rollout(traffic, stages=stages, seed=seed, plan=plan) for seed in seeds]


def _restarted(judge: Judge, ledger: Ledger) -> tuple[Judge, Ledger]:
    stored = json.dumps({"judge": judge_to_json(judge), "ledger": ledger.to_json()})
    data = json.loads(stored)
    return judge_from_json(data["judge"], plan=judge.plan), Ledger.from_json(data["ledger"])
