from random import Random

import pytest

from cutover_telemetry.judge import Counts
from cutover_telemetry.judge._dispersion import Dispersion
from cutover_telemetry.judge._restless import Restless
from cutover_telemetry.judge.simulate import binomial


@pytest.fixture
def scatter():
    """The dispersion of these minutes, each (candidate's hits, control's hits) of so many requests."""

    def made(minutes, requests=300):
        dispersion = Dispersion()
        for ours, theirs in minutes:
            counts = Counts((ours, requests), (theirs, requests))
            dispersion.add(counts.score, counts.variance, counts.exposure, third_moment=counts.third_moment)
        return dispersion

    return made


def independent(seed, *, minutes=60, ours=0.01, theirs=0.01):
    dice = Random(seed)
    return [(binomial(dice, 300, ours), binomial(dice, 300, theirs)) for _ in range(minutes)]


@pytest.mark.parametrize("seed", range(8))
def test_independent_requests_hardly_scatter(scatter, seed):
    assert scatter(independent(seed)).factor() < 1.5
    assert scatter(independent(seed, ours=0.05)).factor() < 1.5


@pytest.mark.parametrize("height", [10, 30, 150])
def test_bursts_scatter_more_the_higher_they_are(scatter, height):
    burst = scatter(([(3, 3)] * 10 + [(height, 3)] * 2) * 4)
    assert burst.factor() > height / 10


def test_a_steady_difference_is_no_scatter(scatter):
    steady = scatter([(9, 3)] * 30)
    assert steady.factor() == 1.0
    assert steady.difference == pytest.approx(0.02)


def test_a_shared_incident_is_no_scatter(scatter):
    assert scatter([(3, 3)] * 20 + [(100, 100)] * 4 + [(3, 3)] * 20).factor() == 1.0


def test_what_goes_on_for_longer_than_a_burst_is_seen_where_chance_gets_no_benefit(scatter):
    waves = scatter(([(160, 140)] * 9 + [(140, 160)] * 9) * 4)
    assert waves.factor(slack=0.0) > waves.factor()


def test_the_worst_three_minutes_can_be_left_out(scatter):
    assert scatter([(3, 3)] * 5 + [(90, 3)] * 3).without_best(1.0) == 0
    assert scatter([(9, 3)] * 8).without_best(1.0) > 2


def test_symmetric_evidence_is_bounded_by_the_number_of_windows(scatter):
    three_bursts = scatter(([(3, 3)] * 10 + [(300, 3)] * 2) * 3)
    assert three_bursts.symmetric() < 2


def test_a_lopsided_score_needs_more_deviations():
    small = Dispersion()
    for _ in range(200):
        counts = Counts((1, 10), (3, 990))
        small.add(counts.score, counts.variance, counts.exposure, third_moment=counts.third_moment)
    assert small.deviations(1.0) < small.score / small.variance**0.5


def test_nothing_seen_is_no_scatter(scatter):
    empty = scatter([])
    assert (empty.factor(), empty.difference, empty.symmetric(), empty.deviations(1.0)) == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(8))
def test_an_arm_with_independent_requests_is_not_restless(seed):
    arm, dice = Restless(), Random(seed)
    for _ in range(120):
        arm.add(binomial(dice, 300, 0.02), 300)
        assert not arm.plain


def test_an_arm_with_bursts_is_restless():
    arm = Restless()
    for minute in range(60):
        arm.add(60 if minute % 20 < 2 else 3, 300)
    assert arm.plain
    assert arm.factor() > 10


@pytest.mark.parametrize(("hits", "requests"), [(0, 300), (300, 300), (0, 0)])
def test_an_arm_without_variation_is_not_restless(hits, requests):
    arm = Restless()
    for _ in range(30):
        arm.add(hits, requests)
    assert not arm.plain
