import math
import random

import pytest

from cutover_telemetry.metrics import Distribution


def quantile(distribution, share):
    """The middle of the bucket that holds this share, as whoever reads the histogram would have it."""
    first, counts = distribution.counts()
    rank, base = math.ceil(share * distribution.count), 2 ** (2**-distribution.scale)
    reached = distribution.zeros
    for place, count in enumerate(counts):
        reached += count
        if reached >= rank:
            return base ** (first + place + 0.5)
    raise AssertionError("it is not there")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "draw",
    [
        lambda chance: chance.lognormvariate(-1, 1),
        lambda chance: chance.gauss(0.2, 0.01) if chance.random() < 0.8 else chance.gauss(3, 0.1),
        lambda chance: chance.paretovariate(1.5) / 10,
    ],
)
def test_quantiles_are_within_one_per_cent(draw, seed):
    chance, distribution = random.Random(seed), Distribution()
    values = sorted(draw(chance) for _ in range(20_000))
    for value in values:
        distribution.record(value)
    for share in (0.5, 0.95, 0.99):
        exact = values[math.ceil(share * len(values)) - 1]
        assert abs(quantile(distribution, share) / exact - 1) <= 0.01


def test_counts_sum_and_extremes_are_exact():
    distribution = Distribution()
    for value in (0.5, 2.0, 0.0, 1e-9, 40.0):
        distribution.record(value)
    assert (distribution.count, distribution.zeros) == (5, 1)
    assert (distribution.min, distribution.max, distribution.sum) == (0.0, 40.0, pytest.approx(42.5))
    assert sum(distribution.counts()[1]) == 4


def test_the_scale_is_halved_until_the_buckets_are_enough():
    distribution = Distribution()
    for power in range(-30, 31):
        distribution.record(2.0**power)
    first, counts = distribution.counts()
    assert len(counts) <= 1_280
    assert distribution.scale == 4
    assert sum(counts) == 61
    assert 2 ** (first * 2**-4) <= 2.0**-30


def test_a_value_on_a_bound_belongs_to_the_bucket_below_it():
    distribution = Distribution()
    distribution.record(1.0)
    assert distribution.counts() == (-1, [1])


def test_of_no_values_there_are_no_buckets():
    assert Distribution().counts() == (0, [])
