import pytest

from cutover_telemetry.dashboard import Address
from cutover_telemetry.dashboard._asked import FILTERS, BadQuestion, read

SECOND = 1_000_000_000


def asked(**given):
    return read(list(given.items()))


@pytest.mark.parametrize(("last", "seconds"), [("90s", 90), ("15m", 900), ("1h", 3600), ("7d", 604_800)])
def test_a_length_of_time_is_until_now(last, seconds):
    question = asked(last=last)
    assert question.length == seconds
    assert question.view().window.seconds == seconds


def test_nothing_asked_is_the_last_hour():
    assert read([]).length == 3600
    assert read([("last", ""), ("provider", "")]) == read([])


def test_two_points_in_time_stay_where_they_are():
    question = asked(begin="1760000000", end="2025-10-09T09:00")
    assert question.view().window.start == 1_760_000_000 * SECOND
    assert question.view().window.end == 1_760_000_400 * SECOND
    assert asked(begin="2025-10-09T10:53:20+02:00").begin == 1_760_000_000


def test_filters_come_as_they_are():
    view = asked(provider="<b>", site=" x ").view()
    assert (view.provider, view.site) == ("<b>", " x ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"last": "0m"}, "last=0m is no length of time; write one such as 15m, 1h or 7d"),
        ({"last": "1 h"}, "last=1 h is no length of time; write one such as 15m, 1h or 7d"),
        ({"last": "1h", "begin": "5"}, "last and begin or end were given; give last alone, or begin and end"),
        ({"end": "5"}, "end was given without begin; give both, or last"),
        ({"begin": "5", "end": "5"}, "begin 5 is not before end 5; exchange them"),
        ({"begin": "tomorrow"}, "begin=tomorrow is no point in time; write seconds since 1970, or 2026-01-31T14:05"),
        ({"begin": "nan"}, "begin=nan is not between 1970 and 2286; write seconds since 1970, or a date"),
        ({"begin": "-5"}, "begin=-5 is not between 1970 and 2286; write seconds since 1970, or a date"),
        ({"provider": "x" * 501}, "provider has 501 characters; at most 500 are read"),
    ],
)
def test_what_cannot_be_answered_is_refused(given, said):
    with pytest.raises(BadQuestion) as refused:
        asked(**given)
    assert str(refused.value) == said


def test_a_parameter_of_another_page_is_refused():
    with pytest.raises(BadQuestion, match="there is no parameter 'route'; known are last, begin, end, provider, site"):
        read([("route", "1.1")], known=FILTERS)


def test_an_address_writes_what_it_was_read_from():
    address = asked(last="6h", provider="a&b=<c>").address
    assert address.query == "?last=6h&provider=a%26b%3D%3Cc%3E"
    assert address.to(provider=None, route="3.4") == "?last=6h&route=3.4"
    assert Address().to() == "?"
