from random import Random

import pytest

from cutover_telemetry.judge import Counts, interval, minutes_until
from cutover_telemetry.judge._dispersion import Dispersion
from cutover_telemetry.judge.simulate import binomial


def seen(minutes, requests=300):
    dispersion = Dispersion()
    for ours, theirs in minutes:
        counts = Counts((ours, requests), (theirs, requests))
        dispersion.add(counts.score, counts.variance, counts.exposure)
    return dispersion


def test_before_anything_is_seen_everything_is_possible():
    assert interval(Dispersion()).low == -1
    assert interval(Dispersion()).high == 1
    assert minutes_until(Dispersion(), margin=0.01) is None


def test_the_interval_narrows_around_the_difference():
    short, long = interval(seen([(9, 3)] * 10)), interval(seen([(9, 3)] * 200))
    assert short.estimate == long.estimate == pytest.approx(0.02)
    assert short.low < long.low < 0.02 < long.high < short.high


def test_it_covers_the_truth_at_every_look():
    missed = 0
    for seed in range(40):
        dice, dispersion = Random(seed), Dispersion()
        outside = False
        for _ in range(120):
            counts = Counts((binomial(dice, 300, 0.03), 300), (binomial(dice, 300, 0.01), 300))
            dispersion.add(counts.score, counts.variance, counts.exposure)
            found = interval(dispersion)
            outside = outside or not found.low <= 0.02 <= found.high
        missed += outside
    assert missed <= 4


def test_no_failure_at_all_leaves_the_possibility_of_some():
    assert 0 < interval(seen([(0, 0)] * 60)).high < 0.001


def test_the_minutes_that_it_names_are_enough():
    so_far = [(3, 3)] * 10
    more = minutes_until(seen(so_far), margin=0.005)
    assert interval(seen(so_far + [(3, 3)] * more)).high <= 0.005
    assert minutes_until(seen(so_far), margin=1e-9) is None
