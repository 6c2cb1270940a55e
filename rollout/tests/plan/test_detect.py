"""What a plan says could be found, beside what the judge finds in simulated traffic."""

from dataclasses import replace
from random import Random

import pytest

from cutover_rollout.plan import RolloutPlan, SeenTraffic, Stage, default_plan, detectability, judge_plan, read_traffic
from cutover_telemetry.judge import Judge, Pairs
from cutover_telemetry.judge.simulate import Traffic, binomial, worse
from cutover_telemetry.store import Window

RUNS = 20
HALF = RolloutPlan(stages=(Stage("50 %", 0.5, 60), Stage("all", 1.0, 60)), scale_margins=False)


def found(told, plan, weather, *, per_minute):
    """The share of the runs in which the judge finds it within the minutes that the stage takes."""
    judge_by = judge_plan(plan, told.alpha, stage=told.stage)
    return sum(_found(seed, told, judge_by, Traffic(per_minute, told.stage.share, weather=weather))
               for seed in range(RUNS)) / RUNS  # fmt: skip


def _found(seed, told, plan, traffic):
    judge = Judge(plan=plan)
    for minute in traffic.minutes(int(told.minutes), dice=Random(seed)):
        judge.add(minute)
        if judge.found_worse:
            return True
    return False


@pytest.mark.parametrize("per_minute", [60, 600])
def test_the_judge_finds_the_rise_of_errors_that_was_said(traffic, per_minute):
    told = detectability(HALF, traffic(per_minute)).stages[0]
    rise = told.subjects[0].errors - 0.01
    assert found(told, HALF, worse(failing=rise), per_minute=per_minute) >= 0.6
    assert found(told, HALF, worse(failing=rise / 3), per_minute=per_minute) <= 0.6


def test_the_judge_finds_the_slowness_that_was_said(traffic):
    told = detectability(HALF, traffic(60)).stages[0]
    assert found(told, HALF, worse(slower=told.subjects[0].slower), per_minute=60) >= 0.6


def test_a_total_failure_takes_about_as_many_requests_as_was_said(traffic):
    plan = default_plan()
    told = detectability(plan, traffic(600)).stages[1]
    requests, minutes = told.subjects[0].outage
    assert requests <= 20
    judge = Judge(plan=judge_plan(plan, told.alpha))
    for minute in Traffic(600, 0.01, weather=worse(all_fail=True)).minutes(60, dice=Random(1)):
        judge.add(minute)
        if judge.found_worse:
            break
    assert judge.minutes <= 2 * minutes + 2


def test_the_shadow_finds_the_failures_that_were_said(traffic):
    told = detectability(default_plan(), traffic(60)).stages[0]
    assert told.minutes == 240
    alone, seen = told.subjects[0].errors, 0
    for seed in range(RUNS):
        dice, pairs = Random(seed), Pairs(told.alpha)
        for _ in range(240):
            pairs.add(candidate_only=binomial(dice, 60, alone), control_only=0, pairs=60)
        seen += pairs.found is not None
    assert seen / RUNS >= 0.6


def test_more_traffic_finds_less_and_takes_less_time(traffic):
    few, many = (detectability(default_plan(), traffic(rate)) for rate in (60, 600))
    assert few.minutes > many.minutes
    assert few.stages[4].subjects[0].errors > many.stages[4].subjects[0].errors
    assert few.stages[4].subjects[0].per_minute == 60


def test_each_provider_is_told_of_after_all_together_and_finds_less(traffic):
    outlook = detectability(HALF, traffic(600, providers=3))
    whole, *each = outlook.stages[0].subjects
    assert whole.subject == "all"
    assert [one.subject for one in each] == ["p0", "p1", "p2"]
    assert all(one.errors > whole.errors for one in each)


def test_only_the_providers_of_the_plan_count(traffic):
    plan = replace(HALF, providers=("p1",))
    assert [one.subject for one in detectability(plan, traffic(600, providers=3)).stages[0].subjects] == ["p1"]


def test_without_traffic_nothing_ever_ends(traffic):
    outlook = detectability(default_plan(), SeenTraffic())
    assert outlook.minutes is None
    assert [one.minutes for one in outlook.stages[:-1]] == [None] * 5
    assert detectability(default_plan(), traffic(0.001)).minutes is None


def test_a_stage_takes_as_long_as_its_slowest_demand(traffic):
    outlook = detectability(default_plan(), traffic(60))
    for one in outlook.stages[:-1]:
        assert one.minutes == max(one.stage.minutes, one.requests_after, one.same_after)
    assert outlook.minutes == sum(one.minutes for one in outlook.stages[:-1])


def test_no_store_is_no_traffic():
    assert read_traffic([], Window.last(60)) == SeenTraffic()
