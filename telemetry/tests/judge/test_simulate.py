"""Small sizes of what scripts/bench_judge.py measures at full size, from published seeds."""

from random import Random
from statistics import mean, median

import pytest

from cutover_telemetry.judge import Pairs
from cutover_telemetry.judge.simulate import (
    FIVE,
    ONE,
    Stage,
    Traffic,
    binomial,
    bursts,
    daily,
    drifting,
    incidents,
    pareto,
    poisson,
    rollout,
    wandering,
    worse,
)

SEED = 20_261_123
WEATHERS = {
    "independent": {},
    "bursts": {"weather": bursts()},
    "bursts that are slow": {"weather": bursts(slower=3.0)},
    "shared incidents": {"weather": incidents()},
    "incidents with a lag": {"weather": incidents(lag=3)},
    "drift": {"weather": drifting()},
    "daily": {"weather": daily()},
    "heavy tail": {"tail": pareto(1.1)},
    "batches": {"batch": 10},
    "wandering latency": {"weather": wandering()},
}


def runs(traffic, *, count, stages=ONE, restart=False):
    return [rollout(traffic, stages=stages, seed=SEED + run, restart=restart) for run in range(count)]


def minutes(ended):
    return [each.found or 10**6 for each in ended]


@pytest.mark.parametrize("name", WEATHERS)
@pytest.mark.parametrize("rate", [60, 600])
def test_arms_that_are_alike_are_hardly_ever_blamed(name, rate):
    ended = runs(Traffic(rate, **WEATHERS[name]), count=6, stages=FIVE, restart=True)
    assert sum(each.found is not None for each in ended) <= 1


@pytest.mark.parametrize(
    ("rate", "hurt", "within"),
    [
        (600, {"failing": 0.02}, 4),
        (600, {"slower": 1.25}, 1),
        (60, {"slower": 1.25}, 10),
        (120, {"failing": 0.01}, 60),
    ],
)
def test_what_is_worse_is_found_in_time(rate, hurt, within):
    assert median(minutes(runs(Traffic(rate, weather=worse(**hurt)), count=31))) <= within


@pytest.mark.parametrize("rate", [60, 600])
def test_a_total_failure_at_one_per_cent_costs_twenty_requests(rate):
    ended = runs(Traffic(rate, weather=worse(all_fail=True)), count=21, stages=(Stage(0.01, 120),))
    assert all(each.found for each in ended)
    assert median(each.requests for each in ended) <= 20


def test_candidate_only_failures_under_shadow_are_found_in_four_hours():
    found = 0
    for run in range(20):
        dice, pairs = Random(SEED + run), Pairs(0.005)
        for _ in range(240):
            pairs.add(candidate_only=binomial(dice, 60, 0.002), control_only=0, pairs=60)
        found += pairs.found is not None
    assert found >= 19


def test_a_rollout_from_one_seed_is_always_the_same():
    traffic = Traffic(60, weather=bursts(every=10))
    assert runs(traffic, count=2) == runs(traffic, count=2)


def test_a_restart_changes_nothing():
    traffic = Traffic(60, weather=worse(failing=0.05, after=20))
    assert runs(traffic, count=3, restart=True) == runs(traffic, count=3)


@pytest.mark.parametrize(("trials", "chance"), [(5, 0.5), (300, 0.01), (300, 0.5), (300, 0.95), (40, 0.3)])
def test_binomial_numbers_have_their_mean_and_variance(trials, chance):
    dice = Random(1)
    drawn = [binomial(dice, trials, chance) for _ in range(4000)]
    middle, spread = trials * chance, trials * chance * (1 - chance)
    assert mean(drawn) == pytest.approx(middle, abs=5 * (spread / 4000) ** 0.5)
    assert mean((each - middle) ** 2 for each in drawn) == pytest.approx(spread, rel=0.15)
    assert all(0 <= each <= trials for each in drawn)


@pytest.mark.parametrize("wanted", [0, 0.5, 12, 80, 5000])
def test_poisson_numbers_have_their_mean(wanted):
    dice = Random(1)
    assert mean(poisson(dice, wanted) for _ in range(2000)) == pytest.approx(wanted, abs=6 * (wanted / 2000) ** 0.5)
