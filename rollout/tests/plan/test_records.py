"""The default plan, the parts of its stages, and margins that follow the share."""

import pytest

from cutover_rollout.plan import RolloutPlan, Stage, default_plan, judge_plan
from cutover_telemetry.judge import DEFAULT_METRICS, JudgePlan, Ledger, Metric, stage_weights


def test_the_default_goes_from_a_shadow_to_everything_and_gives_away_all_of_alpha():
    plan = default_plan()
    assert [stage.share for stage in plan.stages] == [0, 0.01, 0.05, 0.25, 0.5, 1]
    assert sum(plan.parts) == pytest.approx(1)
    assert plan.done_after == 1440
    ledger = Ledger(plan.alpha)
    for stage, part in zip(plan.stages, plan.parts, strict=True):
        ledger, _ = ledger.take(stage.name, weight=part)
    assert ledger.left == pytest.approx(0, abs=1e-9)


def test_stages_that_say_no_part_share_what_is_left():
    shares = (Stage("1 %", 0.01, 1), Stage("50 %", 0.5, 1))
    last = Stage("all", 1.0, 1)
    assert RolloutPlan(stages=(*shares, last)).parts == pytest.approx((*stage_weights((0.01, 0.5)), 0))
    with_shadow = RolloutPlan(stages=(Stage("shadow", 0, 1, shadow=True), *shares, last)).parts
    assert with_shadow == pytest.approx((0.1, *(0.9 * each for each in stage_weights((0.01, 0.5))), 0))
    only_shadow = RolloutPlan(stages=(Stage("shadow", 0, 1, shadow=True), last)).parts
    assert only_shadow == (1.0, 0.0)


def test_a_plan_of_one_stage_judges_nothing():
    assert RolloutPlan(stages=(Stage("all", 1.0, 1),)).parts == (0.0,)


def test_margins_are_of_all_traffic_at_the_share_that_comes_next():
    plan = default_plan()
    margins = [plan.margin(Metric.ERRORS, stage) for stage in plan.stages]
    assert margins == pytest.approx([0.5, 0.1, 0.02, 0.01, 0.005, 0.005])
    same = RolloutPlan(scale_margins=False)
    assert {same.margin(Metric.ERRORS, stage) for stage in same.stages} == {0.005}


def test_the_judge_is_told_what_the_plan_says():
    plan = default_plan()
    assert judge_plan(plan, 0.05) == JudgePlan()
    told = judge_plan(plan, 0.01, stage=plan.stages[1])
    assert told.alpha == 0.01
    assert told.metrics[Metric.ERRORS].margin == pytest.approx(0.1)
    assert told.metrics[Metric.ERRORS].part == DEFAULT_METRICS[Metric.ERRORS].part
