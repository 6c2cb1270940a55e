import math
import random
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_telemetry.store import DamagedSketch, Sketch

SHARES = (0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
LOW, HIGH = 1e-9, 1e11


def exact(values, share):
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def worst(sketch, values):
    return max(abs(sketch.quantile(share) / exact(values, share) - 1) for share in SHARES)


def log_normal(dice):
    return dice.lognormvariate(-1, 1)


def bimodal(dice):
    return dice.gauss(0.2, 0.02) if dice.random() < 0.9 else dice.gauss(30, 1)


def heavy_tailed(dice):
    return 0.05 * dice.paretovariate(0.7)


DISTRIBUTIONS = pytest.mark.parametrize("draw", [log_normal, bimodal, heavy_tailed])


@DISTRIBUTIONS
@pytest.mark.parametrize("seed", range(3))
def test_every_quantile_of_every_distribution_is_within_one_percent(draw, seed):
    dice = random.Random(seed)
    values = [draw(dice) for _ in range(20_000)]
    assert worst(Sketch.of(values), values) <= 0.01


@DISTRIBUTIONS
def test_what_many_workers_counted_and_sent_as_bytes_is_as_good_as_one_sketch(draw):
    dice = random.Random(7)
    shares = [[draw(dice) for _ in range(dice.randrange(1, 900))] for _ in range(64)]
    arrived = [Sketch.from_bytes(Sketch.of(values).to_bytes()) for values in shares]
    every = [value for values in shares for value in values]
    assert Sketch.merged(arrived) == Sketch.of(every)
    assert worst(Sketch.merged(arrived), every) <= 0.01


@settings(deadline=None)
@given(st.lists(st.floats(LOW, HIGH), min_size=1), st.floats(0, 1))
def test_any_quantile_of_any_durations_is_within_one_percent(values, share):
    found = Sketch.of(values).quantile(share)
    assert abs(found / exact(values, share) - 1) <= 0.01


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(allow_nan=True), max_size=20), max_size=8))
def test_merging_in_any_order_gives_the_sketch_of_all_values(parts):
    sketches = [Sketch.of(part) for part in parts]
    every = [value for part in parts for value in part]
    one = Sketch.of(every)
    assert Sketch.merged(sketches) == Sketch.merged(reversed(sketches)) == one
    assert one.count + one.nans == len(every)


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True)))
def test_the_bytes_give_the_same_sketch_back(values):
    sketch = Sketch.of(values)
    assert Sketch.from_bytes(sketch.to_bytes()) == sketch


def test_zero_and_negatives_are_the_lowest_and_infinity_is_the_highest():
    sketch = Sketch.of([0.0, -1.0, -inf, 1.0, inf, 1e300])
    assert sketch.count == 6
    assert sketch.quantile(0.5) == 0.0
    assert sketch.quantile(0.6) == pytest.approx(1, rel=0.01)
    assert sketch.quantile(1.0) == inf
    assert [count for _, count in sketch.bins()] == [3, 1, 2]


def test_nan_is_counted_apart_and_is_in_no_quantile():
    sketch = Sketch.of([nan, 2.0, nan])
    assert (sketch.count, sketch.nans) == (1, 2)
    assert sketch.quantile(0.01) == pytest.approx(2, rel=0.01)


def test_no_values_have_no_quantile():
    assert Sketch().quantiles((0.5, 0.99)) == (None, None)
    assert Sketch.of([nan]).quantile(0.5) is None
    assert Sketch.merged([]) == Sketch.of([]) == Sketch()
    assert Sketch().bins() == ()


def test_a_sketch_shows_its_quantiles_however_much_it_holds():
    assert repr(Sketch.of([1.0] * 99 + [1e300])) == "<Sketch of 100 values: 0.995, 0.995, 0.995>"
    assert repr(Sketch()) == repr(Sketch.of([nan])) == "<Sketch of no values>"


def test_what_lies_above_a_value_is_counted_to_the_bin():
    sketch = Sketch.of([0.1] * 10 + [0.5] * 5 + [2.0] * 3)
    assert [sketch.above(value) for value in (0.05, 0.1, 0.3, 0.5, 1.0, 2.0, inf)] == [18, 8, 8, 3, 3, 0, 0]


def test_a_million_values_of_nine_decades_take_a_few_kilobytes():
    dice = random.Random(1)
    values = [10 ** dice.uniform(-6, 3) for _ in range(50_000)]
    sketch = Sketch.merged([Sketch.of(values)] * 20)
    assert sketch.count == 1_000_000
    assert len(sketch.to_bytes()) < 3_000


def test_the_bytes_of_form_one_stay_readable():
    form = bytes.fromhex("0101220400000000636220081801")
    assert Sketch.from_bytes(form) == Sketch.of([0.1, 0.1, 0.2])


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (b"", "0 bytes are too few"),
        (b"\x07" + bytes(9), "its form is 7 and this release reads form 1"),
        (b"\x01\x01" + bytes(6) + b"\xff\xff", "its counts cannot be unpacked"),
        (Sketch.of([1.0, 9.0]).to_bytes()[:-1], "its counts are cut off, or too many"),
        (b"\x01\x09" + Sketch.of([1.0, 9.0]).to_bytes()[2:], "bytes of counts do not fit 9 bytes each"),
        (b"\x01\x01\xff\xff" + Sketch.of([1.0, 9.0]).to_bytes()[4:], "from bin 65535"),
    ],
)
def test_bytes_that_are_no_sketch_are_refused_with_a_reason(form, reason):
    with pytest.raises(DamagedSketch, match="these bytes are no quantile sketch: ") as refused:
        Sketch.from_bytes(form)
    assert reason in str(refused.value)


def test_a_bomb_is_not_inflated():
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -9, 9)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()
    with pytest.raises(DamagedSketch, match="too many"):
        Sketch.from_bytes(b"\x01\x08" + bytes(6) + bomb)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_sketch_or_are_refused(form):
    try:
        sketch = Sketch.from_bytes(form)
    except DamagedSketch:
        return
    assert sketch.count >= 0
