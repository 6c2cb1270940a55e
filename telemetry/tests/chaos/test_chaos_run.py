"""The migrated example gateway in two processes under every kind of failure: the store has what was made, exactly."""

from dataclasses import replace

import pytest

from chaos_run import _reckon
from cutover_telemetry import AttemptRecord, RouteRecord

HELD = (
    "every caller was answered or hung up",
    "attempts made = attempts in the store",
    "the upstream's own count + calls that never reached it = calls made",
    "each call has one record that says how it ended",
    "attempts kept as they were = attempts counted; none lost",
    "failed calls counted with their type",
    "streams are followed to their end",
    "attempts + gaps = route, within 1 ms",
    "each request that called a provider is one route",
    "the caller's own span is untouched, its route inside",
    "spans and metrics have the same attempts",
    "every process stored all it had, without a fault",
    "all providers on both arms",
)


@pytest.mark.parametrize("what", HELD)
def test_in_chaos_it_holds_that(findings, what):
    (finding,) = [each for each in findings if each.what == what]
    assert finding.differences == ()


def test_the_run_had_failures_in_it(findings):
    (failed,) = [each.figure for each in findings if each.what == "failed calls counted with their type"]
    count, _, kinds = failed.partition(" of ")
    assert int(count) > 50
    assert int(kinds.split(" ", maxsplit=1)[0]) >= 10


class Told:
    """A store that answers as it is told."""

    def __init__(self, routes):
        self._routes = routes

    @property
    def query(self):
        return self

    def recent(self, window, *, most):
        return [type("Stored", (), {"record": route})() for route in self._routes]

    def attempts(self, window, *, most):
        return [attempt for route in self._routes for attempt in route.attempts]


@pytest.fixture
def reckoned():
    """What a reckoning says of one call, `how` it was seen at the seam, and its record."""

    def reckon(record, **how):
        seen = {"provider": "near", "function": "f", "model": "chaos-1", "begin": 0, "end": 90, "error": None} | how
        call = [*seen.values(), None]
        route = RouteRecord(started=0, ended=100, attempts=() if record is None else (record,))
        evidence = _reckon.Evidence.of(Told([route]), [{"calls": [call]}], {"near chaos-1": 1}, [1])
        return _reckon._matched(evidence).differences

    return reckon


RECORD = AttemptRecord("near", "make_request", "f", "legacy", "chat", "chaos-1", 1, 0, 100)


def test_a_call_and_its_record_agree(reckoned):
    assert reckoned(RECORD) == ()
    assert reckoned(replace(RECORD, error_type="503"), error="503") == ()


def test_a_call_without_a_record_is_found(reckoned):
    assert reckoned(None) == ("('near', 'f', 'chaos-1'): 1 calls, 0 records",)


def test_a_record_without_a_call_is_found(reckoned):
    assert reckoned(RECORD, function="g")[0] == "('near', 'f', 'chaos-1'): recorded and never called"


def test_a_failure_that_was_recorded_as_an_answer_is_found(reckoned):
    assert reckoned(RECORD, error="503") == ("('near', 'f', 'chaos-1'): ended with 503, recorded as None",)


def test_a_call_that_its_route_gave_up_may_end_later_in_any_way(reckoned):
    given_up = replace(RECORD, ended=50, error_type="abandoned")
    assert reckoned(given_up, error="httpx.ReadTimeout") == ()
    assert reckoned(replace(given_up, error_type="503"), error="httpx.ReadTimeout") != ()
