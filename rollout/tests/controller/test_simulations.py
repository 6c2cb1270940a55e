"""Whole rollouts on simulated traffic, a few of each kind; `scripts/bench_judge.py` has the figures at full size."""

from random import Random

import pytest

from cutover_rollout.controller import Phase
from cutover_telemetry.judge.simulate import Traffic, bursts, daily, drifting, incidents, pareto, worse

NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    "traffic",
    [
        Traffic(600),
        Traffic(600, weather=bursts()),
        Traffic(600, weather=incidents()),
        Traffic(600, weather=drifting()),
        Traffic(600, weather=daily()),
        Traffic(600, tail=pareto(1.1)),
    ],
    ids=["calm", "bursts", "incidents", "drift", "day", "heavy tail"],
)
def test_arms_that_are_alike_are_hardly_ever_blamed(started, plan, drive, traffic):
    blamed = 0
    for seed in range(2):
        rollout, _, _ = drive(started(plan), traffic, Random(seed), minutes=90)
        blamed += rollout.phase is Phase.ROLLED_BACK
    assert blamed == 0


def test_alike_at_several_providers_nobody_is_blamed(started, plan, drive):
    traffic = Traffic(200, weather=bursts())
    rollout, _, _ = drive(started(plan, providers=NAMES), traffic, Random(1), names=NAMES, minutes=60)
    assert rollout.running
    assert not rollout.quarantined


def test_a_total_failure_at_1_percent_takes_few_requests(started, plan, drive):
    taken = []
    for seed in range(5):
        traffic = Traffic(60, weather=worse(all_fail=True))
        _, _, decisions = drive(started(plan), traffic, Random(seed), minutes=60)
        taken.append(decisions[-1].evidence["requests"])
    assert sorted(taken)[3] <= 22


def test_twice_the_errors_at_half_of_the_traffic_are_found(started, plan, drive):
    found = 0
    for seed in range(2):
        rollout, _, _ = drive(started(plan), Traffic(600, weather=worse(failing=0.02)), Random(seed), minutes=300)
        assert rollout.phase is not Phase.AT_100
        found += rollout.phase is Phase.ROLLED_BACK
    assert found >= 1
