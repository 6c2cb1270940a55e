"""Cells of `cutover top`: units are written, what is not known is a dash, and no name can move the cursor."""

import pytest

from cutover_cli._last import seconds_of
from cutover_cli._top_cells import counted, curve, duration, percent, printable, several, stretch


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0.0, "0.0 ms"),
        (0.00015, "0.1 ms"),
        (0.0421, "42.1 ms"),
        (0.42, "420 ms"),
        (0.9999, "1.00 s"),
        (1.934, "1.93 s"),
        (12.34, "12.3 s"),
        (4321.0, "4,321 s"),
    ],
)
def test_durations_have_three_digits_or_so(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("share", "up", "shown"),
    [
        (None, False, "–"),
        (1.0, False, "100.0 %"),
        (0.99999, False, "99.9 %"),
        (0.00001, True, "0.1 %"),
        (0.0, True, "0.0 %"),
        (0.05, False, "5.0 %"),
        (0.05, True, "5.0 %"),
    ],
)
def test_one_failure_of_many_is_neither_all_well_nor_nothing(share, up, shown):
    assert percent(share, up=up) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.5, "0.5 s"),
        (42.4, "42 s"),
        (60.0, "1 min"),
        (90.0, "90 s"),
        (900.0, "15 min"),
        (3600.0, "1 h"),
        (5400.0, "90 min"),
        (86400.0, "1 d"),
        (100_000.0, "28 h"),
    ],
)
def test_stretches_of_time_are_told_as_people_say_them(seconds, shown):
    assert stretch(seconds) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("groq", "groq"),
        ("Grüße 🦙", "Grüße 🦙"),
        ("<img src=x>[b]", "<img src=x>[b]"),
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\r\nb\t", "a␍␊b␉"),
        ("a\x7f\x9bb", "a\\x7f\\x9bb"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_not_for_printing_is_made_visible(text, shown):
    assert printable(text) == shown


def test_the_most_frequent_are_named_and_the_others_counted():
    assert counted({}) == "–"
    assert counted({"503": 1200, "429": 2}) == "503 1,200, 429 2"
    assert counted({"a": 4, "b": 3, "c": 2, "d": 1, "e": 1}) == "a 4, b 3, c 2, 2 more"


def test_a_curve_is_blank_where_nothing_was_called_and_low_where_nothing_failed():
    assert curve([None, 0.0, 0.001, 0.5, 1.0]) == " ▁▂▅█"


def test_one_is_told_as_one():
    assert (several(1, "route"), several(0, "route"), several(1200, "route")) == ("1 route", "0 routes", "1,200 routes")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5h", 5400), ("2d", 172800), ("5", None), ("h", None)])
def test_a_stretch_is_written_with_its_unit(text, seconds):
    assert seconds_of(text) == seconds
