"""When a provider asked to be tried again: both forms of the header, wrong clocks, and values that nobody means."""

from email.message import Message
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_registry.failover import Failover, NoProviderLeft, Policy, retry_after_of, status_of

NOW = 1_700_000_000.0


class Answer:
    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def error_with(**fields):
    error = Exception("x")
    error.__dict__.update(fields)
    return error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("0.5", 0.5),
        ("-5", None),
        ("1e9", None),
        ("\u0663", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (",", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Fri, 99 Foo 2026 25:61:61 GMT", None),
        (formatdate(NOW + 60, usegmt=True), 60.0),
        (formatdate(NOW - 60, usegmt=True), 0.0),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60.0),
        ("Tue Nov 14 22:14:20 2023", 60.0),
        ("Tue, 14 Nov 2023 22:14:20 -0000", 60.0),
        ("Tue, 14 Nov 2023 23:14:20 +0100", 60.0),
    ],
)
def test_a_header_is_seconds_or_a_date_or_nothing(text, seconds):
    assert retry_after_of(error_with(response=Answer(retry_after=text)), now=NOW) == seconds


@pytest.mark.parametrize("skew", [-86_400, -30, 0, 30, 86_400])
def test_a_date_is_compared_with_the_clock_that_wrote_it(skew):
    theirs = NOW + skew
    answer = Answer(Date=formatdate(theirs, usegmt=True), Retry_After=formatdate(theirs + 7, usegmt=True))
    assert retry_after_of(error_with(response=answer), now=NOW) == 7.0


def test_a_date_header_that_cannot_be_read_is_left_out():
    answer = Answer(Date="yesterday", Retry_After=formatdate(NOW + 7, usegmt=True))
    assert retry_after_of(error_with(response=answer), now=NOW) == 7.0


@given(st.text(max_size=80))
def test_no_text_of_a_header_raises(text):
    found = retry_after_of(error_with(response=Answer(retry_after=text)), now=NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("own", "seconds"),
    [(7, 7.0), (0.5, 0.5), ("7", 7.0), (-1, 0.0), (float("nan"), None), (True, None), (None, None), ([7], None)],
)
def test_an_error_may_say_it_itself(own, seconds):
    assert retry_after_of(error_with(retry_after=own), now=NOW) == seconds


def test_headers_of_any_library_are_read():
    headers = Message()
    headers["Retry-After"] = "9"
    assert retry_after_of(error_with(headers=headers), now=NOW) == 9.0


def test_a_property_that_fails_hides_no_error():
    class Odd(Exception):
        @property
        def response(self):
            raise RuntimeError("the request was never sent")

        retry_after = status_code = response

    assert (status_of(Odd()), retry_after_of(Odd(), now=NOW)) == (502, None)


@pytest.mark.parametrize("status", [0, -1, 99, 600, 10**9])
def test_a_number_that_is_no_status_is_none(status):
    assert status_of(error_with(status=status)) == 502


@pytest.mark.parametrize("seconds", [1e12, float("inf"), 9e99])
def test_a_provider_is_left_alone_for_an_hour_at_most(run, providers, status, clock, seconds):
    asked = providers(near=[status(503, retry_after=seconds), "back"], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(honour_retry_after=5), clock=clock)
    assert run(chain, asked) == "hello"
    clock.seconds += 3599
    assert run(chain, asked) == "hello"
    clock.seconds += 2
    assert run(chain, asked) == "back"


def test_a_later_and_shorter_pause_does_not_shorten_a_longer_one(providers, status, clock):
    chain = Failover(["near"], policy=Policy(honour_retry_after=5), clock=clock)
    for pause in (60, 1):
        chain._cooldowns.note("near", pause)
    clock.seconds += 2
    with pytest.raises(NoProviderLeft, match="near: cooling_down"):
        chain.run(providers(near=["never"]))


def test_where_all_are_cooling_the_shortest_pause_is_waited_for(run, providers, status, clock):
    asked = providers(
        near=[status(503, retry_after=4), "hello"], far=[status(503, retry_after=2), "far"], last=[status(503)]
    )
    chain = Failover(["near", "far"], policy=Policy(honour_retry_after=5), clock=clock)
    with pytest.raises(Exception, match="status 503"):
        run(chain, asked)
    assert run(chain, asked) == "far"
    assert clock.slept == [2]


def test_a_pause_that_the_deadline_has_no_room_for_is_not_begun(run, providers, status, clock):
    asked = providers(near=[status(503, retry_after=4)])
    chain = Failover(["near"], policy=Policy(honour_retry_after=5, deadline=3), clock=clock)
    with pytest.raises(Exception, match="status 503"):
        run(chain, asked)
    with pytest.raises(NoProviderLeft):
        run(chain, asked)
    assert clock.slept == []


def test_a_refusal_that_does_not_fail_over_is_remembered_too(run, providers, status, clock):
    asked = providers(near=[status(429, retry_after=30)], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(honour_retry_after=5), clock=clock)
    with pytest.raises(Exception, match="status 429"):
        run(chain, asked)
    assert run(chain, asked) == "hello"
    assert asked.called == ["near", "far"]
