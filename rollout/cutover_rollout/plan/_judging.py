"""The plan in the judge's own words, for one stage."""

from __future__ import annotations

from dataclasses import replace

from cutover_rollout.plan._records import RolloutPlan
from cutover_rollout.plan._stages import Stage
from cutover_telemetry.judge import JudgePlan


def judge_plan(plan: RolloutPlan, alpha: float, *, stage: Stage | None = None) -> JudgePlan:
    """The judge's settings with this error probability; with a stage, its margins are those of promoting out of it."""
    metrics = {
        metric: each if stage is None else replace(each, margin=plan.margin(metric, stage))
        for metric, each in plan.metrics.items()
    }
    return JudgePlan(alpha=alpha, metrics=metrics, milestones=plan.milestones, outage=plan.outage, guard=plan.guard)
