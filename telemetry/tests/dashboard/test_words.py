import pytest

from cutover_telemetry.dashboard._page import _words as words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"), (0, "0 s"), (2.5e-7, "0.25 µs"), (0.000081, "81.0 µs"), (0.0123, "12.3 ms"), (0.999, "999 ms"),
        (1.0, "1.00 s"), (61.04, "61.0 s"), (119.9, "120 s"), (125, "2 min 5 s"), (7260, "2 h 1 min"),
    ],
)  # fmt: skip
def test_a_duration_has_the_unit_that_suits_it(value, said):
    assert words.seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "–"), (1.0, "100 %"), (0.99999, "> 99.9 %"), (0.9981, "99.8 %"), (0.00001, "< 0.1 %"), (0.0, "0 %")],
)
def test_a_share_is_never_rounded_up_to_all(value, said):
    assert words.share(value) == said


def test_counts_and_rates_have_units():
    assert (words.count(12304), words.count(None)) == ("12,304", "–")
    assert (words.rate(12.34), words.rate(0.05), words.rate(0), words.rate(None)) == (
        "12.3 /s",
        "3.00 /min",
        "0 /s",
        "–",
    )
    assert (words.plural(1, "attempt"), words.plural(2, "process", "processes")) == ("1 attempt", "2 processes")


def test_times_are_utc():
    assert words.clock(1_760_000_000) == "08:53:20 UTC"
    assert words.moment(1_760_000_000) == "2025-10-09 08:53:20 UTC"
    assert words.machine(1_760_000_000.5) == "2025-10-09T08:53:20.500Z"
