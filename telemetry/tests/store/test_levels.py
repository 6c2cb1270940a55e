import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_telemetry.store import Window
from cutover_telemetry.store._levels import DAY, LEVELS, Extent, beginning, cover, floor, steps
from cutover_telemetry.store._window import MINUTE

BASE = 20_000 * DAY


def minutes_read(runs, extent):
    """Every minute whose numbers the runs give, as often as they give it."""
    read = []
    for run in runs:
        length = LEVELS[run.level].minutes
        assert run.start % length == 0
        for start in range(run.start, run.stop, length):
            slice_of = range(start, start + length)
            read += [minute for minute in slice_of if run.level == 0 or minute < extent.folded]
    return read


@st.composite
def situations(draw):
    folded = BASE + draw(st.integers(0, 4 * DAY))
    ages = sorted(draw(st.lists(st.integers(0, 3 * DAY), min_size=3, max_size=3)))
    kept = [floor(folded - age, LEVELS[number + 1]) for number, age in enumerate(ages)]
    extent = Extent(BASE - 10 * DAY, folded + 1, folded, (*kept, 0))
    start = BASE + draw(st.integers(-3 * DAY, 4 * DAY))
    stop = start + draw(st.one_of(st.integers(1, 200), st.integers(1, 9 * DAY), st.integers(1, 70 * DAY)))
    return extent, start, stop


@settings(deadline=None)
@given(situations())
def test_each_minute_of_a_window_is_read_once_and_none_outside_of_what_is_said(situation):
    extent, start, stop = situation
    found = cover(Window(start * MINUTE, stop * MINUTE), extent)
    read = minutes_read(found.runs, extent)
    assert len(read) == len(set(read))
    assert set(read) >= set(range(start, min(stop, extent.last + 1)))
    said = range(found.window.start // MINUTE, found.window.end // MINUTE)
    assert all(minute in said for minute in read)


@settings(deadline=None)
@given(situations())
def test_nothing_is_read_that_is_no_longer_kept(situation):
    extent, start, stop = situation
    for run in cover(Window(start * MINUTE, stop * MINUTE), extent).runs:
        assert run.start >= extent.kept[run.level]


@settings(deadline=None)
@given(situations())
def test_a_window_needs_few_runs_and_few_slices(situation):
    extent, start, stop = situation
    runs = cover(Window(start * MINUTE, stop * MINUTE), extent).runs
    assert len(runs) <= 8
    if extent.kept[0] <= start and stop <= extent.last:
        assert sum((run.stop - run.start) / LEVELS[run.level].minutes for run in runs) < 200


@settings(deadline=None)
@given(situations())
def test_a_curve_reads_each_minute_once_too(situation):
    extent, start, stop = situation
    found, level = steps(Window(start * MINUTE, stop * MINUTE), extent)
    read = minutes_read(found.runs, extent)
    assert len(read) == len(set(read))
    assert set(read) >= set(range(start, min(stop, extent.last + 1)))
    assert found.window.start // MINUTE % level.minutes == 0


@pytest.mark.parametrize(
    ("length", "step"), [(60, 1), (180, 1), (181, 10), (24 * 60, 10), (7 * DAY, 60), (30 * DAY, DAY)]
)
def test_a_longer_window_is_shown_in_longer_slices(length, step):
    extent = Extent(0, BASE, BASE - 1, (0, 0, 0, 0))
    _, level = steps(Window((BASE - length) * MINUTE, BASE * MINUTE), extent)
    assert level.minutes == step


def test_a_short_window_is_exact_to_the_minute():
    extent = Extent(0, BASE, BASE - 1, (0, 0, 0, 0))
    window = Window((BASE - 77) * MINUTE, (BASE - 5) * MINUTE)
    assert cover(window, extent).window == window


def test_where_minutes_are_gone_a_window_is_widened_and_says_so():
    extent = Extent(0, BASE, BASE - 1, (BASE - 60, 0, 0, 0))
    found = cover(Window((BASE - 177) * MINUTE, (BASE - 155) * MINUTE), extent)
    assert found.window == Window((BASE - 180) * MINUTE, (BASE - 150) * MINUTE)


def test_everything_goes_from_the_first_minute_to_the_last():
    extent = Extent(BASE, BASE + 30, BASE + 29, (0, 0, 0, 0))
    assert cover(Window.everything(), extent).window == Window(BASE * MINUTE, (BASE + 31) * MINUTE)


def test_an_empty_window_reads_nothing():
    extent = Extent(BASE, BASE + 30, BASE + 29, (0, 0, 0, 0))
    assert cover(Window(9 * MINUTE, 9 * MINUTE), extent).runs == ()


@pytest.mark.parametrize(
    ("firsts", "first"),
    [
        ([None, None, None, None], 0),
        ([BASE + 7, None, None, None], BASE + 7),
        ([BASE + 7, BASE, BASE, BASE - BASE % DAY], BASE + 7),
        ([BASE + 30, BASE, BASE, BASE - BASE % DAY], BASE),
        ([BASE + 3 * DAY, BASE + 2 * DAY, BASE, BASE - BASE % DAY], BASE),
    ],
)
def test_the_beginning_is_that_of_the_finest_level_that_goes_back_so_far(firsts, first):
    assert beginning(firsts) == first


def test_an_hour_of_records_is_shown_in_minutes_in_a_window_of_days():
    extent = Extent(BASE - BASE % DAY, BASE + 60, BASE + 59, (0, 0, 0, 0), begins=BASE)
    window = Window((BASE - 5 * DAY) * MINUTE, (BASE + 60) * MINUTE)
    found, level = steps(window, extent)
    assert level.minutes == 1
    assert found.window == window
