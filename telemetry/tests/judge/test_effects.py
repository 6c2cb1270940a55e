import pytest

from cutover_telemetry.judge import Cell, Metric, Values, effects
from cutover_telemetry.judge._effects import wilson


def one(attempts, errors, latencies=()):
    return [Cell(attempts, errors, 0, None, Values(latencies))]


def test_wilsons_limits_are_those_of_the_literature():
    assert wilson(81, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0, 1.96) == (0.0, 1.0)


def test_newcombes_interval_is_that_of_the_literature():
    (effect,) = effects(one(70, 56), one(80, 48))[:1]
    assert (effect.value, effect.low, effect.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_latency_is_a_ratio_with_limits_around_it():
    values = [1 + number / 1000 for number in range(1000)]
    found = {effect.metric: effect for effect in effects(one(1000, 0, [2 * v for v in values]), one(1000, 0, values))}
    for metric in (Metric.P50, Metric.P95, Metric.P99):
        assert found[metric].value == pytest.approx(2)
        assert found[metric].low < 2 < found[metric].high


def test_what_one_side_does_not_tell_has_no_effect():
    found = [effect.metric for effect in effects(one(10, 1), one(10, 1))]
    assert found == [Metric.ERRORS, Metric.TIMEOUTS]
    assert effects([], one(10, 1)) == ()


def test_minutes_that_scatter_widen_the_interval():
    even = [Cell(100, 5, 0, None)] * 30
    heaped = [Cell(100, 30 if number % 6 == 0 else 0, 0, None) for number in range(30)]
    narrow, wide = effects(even, even)[0], effects(heaped, even)[0]
    assert narrow.value == wide.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
