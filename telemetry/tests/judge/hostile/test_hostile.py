"""The judge in traffic that it was not made for; `scripts/bench_judge.py` has the figures, this their small change."""

from statistics import median

import numpy as np
import pytest

SEED = 7_000


@pytest.mark.parametrize("rate", [5, 60])
@pytest.mark.parametrize(
    "name",
    [
        "markov, two minutes",
        "bursts across minutes",
        "bursts, rare and total",
        "incidents, gradual",
        "daily, bursts",
        "mixture",
        "touchy sessions",
        "retries in incidents",
        "incidents at a provider",
    ],
)
def test_arms_that_are_alike_are_not_blamed_for_the_weather(hostile, name, rate):
    world = hostile.World(rate, **hostile.worlds[name])
    ended = [hostile.roll(world, seed=SEED + run, restart=run % 2 == 0) for run in range(3)]
    assert sum(each.blamed for each in ended) <= 1


def test_many_unequal_providers_share_one_error_probability(hostile):
    world = hostile.World(60, **hostile.worlds["22 providers"])
    assert not hostile.roll(world, seed=SEED, restart=True).blamed


@pytest.mark.parametrize(
    ("rate", "hurt", "law", "within"),
    [
        (600, {"failing": 0.02}, "weibull", 4),
        (600, {"slower": 1.25}, "lognormal", 1),
        (60, {"slower": 1.25}, "lognormal", 10),
    ],
)
def test_what_is_worse_is_found_in_time(hostile, rate, hurt, law, within):
    world = hostile.World(rate, hostile.worse(hostile.calm(), **hurt), law)
    ended = [hostile.roll(world, seed=SEED + run, stages=(0.5,)) for run in range(15)]
    assert median(each.minute if each.blamed else 999 for each in ended) <= within


def test_a_total_failure_of_a_canary_costs_twenty_requests(hostile):
    world = hostile.World(600, hostile.worse(hostile.calm(), failing=1.0))
    ended = [hostile.roll(world, seed=SEED + run) for run in range(15)]
    assert all(each.stage == 0 for each in ended)
    assert sum(each.requests <= 20 for each in ended) >= 13


def test_one_bad_provider_of_three_is_found(hostile):
    world = hostile.World(600, hostile.worse(hostile.calm(), failing=0.1, provider=1), providers=3)
    ended = [hostile.roll(world, seed=SEED + run, stages=(0.5,)) for run in range(3)]
    assert all(each.blamed for each in ended)


def test_the_store_counts_every_attempt_once(hostile):
    world = hostile.World(120, providers=3, retries=0.9, storm=2, weather=hostile.calm(0.2))
    shares = np.full(1800, 0.3)
    raw = hostile.attempts(world, np.random.default_rng(1), shares)
    pairs = [pair for minute in hostile.minutes(world, np.random.default_rng(1), shares) for pair in minute]
    ended = raw["at"] < 1800
    assert sum(pair.candidate.attempts + pair.control.attempts for pair in pairs) == ended.sum()
    assert sum(pair.candidate.errors for pair in pairs) == (raw["failed"] & (raw["arm"] == 1) & ended).sum()
