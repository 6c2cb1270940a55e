"""Families as text in both formats; hostile label values are escaped or made printable."""

import math

import pytest

from cutover_telemetry.prometheus import OPEN_METRICS, PLAIN, Buckets, Family, chosen_form, exposition

CALLS = Family("calls_total", "counter", 'how many\n"calls" \\', "", (((("a", "x"),), 3.0), ((), 1.5)))
WAITS = Family(
    "waits_seconds", "histogram", "waits", "seconds", (((("a", "x"),), Buckets((0.5, 1.0), (1, 2, 4), 7.25)),)
)
STATE = Family("state", "gauge", "", "", (((), math.inf), ((("a", "y"),), math.nan), ((("a", "z"),), -math.inf)))


def test_the_plain_format():
    assert exposition([CALLS, WAITS, STATE]).splitlines() == [
        r'# HELP calls_total how many\n"calls" \\',
        "# TYPE calls_total counter",
        'calls_total{a="x"} 3.0',
        "calls_total 1.5",
        "# HELP waits_seconds waits",
        "# TYPE waits_seconds histogram",
        'waits_seconds_bucket{a="x",le="0.5"} 1',
        'waits_seconds_bucket{a="x",le="1.0"} 2',
        'waits_seconds_bucket{a="x",le="+Inf"} 4',
        'waits_seconds_sum{a="x"} 7.25',
        'waits_seconds_count{a="x"} 4',
        "# HELP state ",
        "# TYPE state gauge",
        "state +Inf",
        'state{a="y"} NaN',
        'state{a="z"} -Inf',
    ]


def test_openmetrics_names_a_counter_without_total_says_units_and_has_an_end():
    lines = exposition([CALLS, WAITS], OPEN_METRICS).splitlines()
    assert lines[:3] == [r"# HELP calls how many\n\"calls\" \\", "# TYPE calls counter", 'calls_total{a="x"} 3.0']
    assert "# UNIT waits_seconds seconds" in lines
    assert lines[-1] == "# EOF"


def test_of_no_family_there_is_a_scrape_all_the_same():
    assert (exposition([]), exposition([], OPEN_METRICS)) == ("", "# EOF\n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('<img src=x onerror="alert(1)">', r"<img src=x onerror=\"alert(1)\">"),
        ("a\\b", r"a\\b"),
        ('\n} evil 1\n{a="', r"?} evil 1?{a=\""),
        ("\x00\x1b[2J\u202e", "??[2J?"),
        ("münchen 🙂", "münchen 🙂"),
        ("x" * 5_000, "x" * 200),
        ("\ud800", "?"),
    ],
)
def test_a_label_value_is_text_whatever_it_is(value, shown):
    family = Family("m", "gauge", "", "", (((("a", value),), 1.0),))
    assert exposition([family]).splitlines()[-1] == f'm{{a="{shown}"}} 1.0'


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", PLAIN),
        ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75", OPEN_METRICS),
        ("APPLICATION/OPENMETRICS-TEXT; version=1.0.0", OPEN_METRICS),
        ("application/openmetrics-text;q=0,text/plain", PLAIN),
    ],
)
def test_the_form_is_the_one_that_the_scraper_asks_for(accept, form):
    assert chosen_form(accept) == form
