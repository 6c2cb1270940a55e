import pytest

from cutover_telemetry import RouteOutcome, RouteRecord
from cutover_telemetry._records import Ring


@pytest.fixture
def route():
    return lambda *attempts, **fields: RouteRecord(started=0, ended=100_000_000, attempts=attempts, **fields)


def test_a_route_whose_first_attempt_answers_is_ok(route, attempted):
    record = route(attempted("near", 10, 30))
    assert (record.outcome, record.selected, record.arm, record.alias) == (RouteOutcome.OK, "near", "legacy", "m-1")
    assert (record.time_lost, record.seconds) == (0, 0.1)


def test_a_route_that_another_provider_saves_has_failed_over_and_lost_the_time_of_the_first(route, attempted):
    record = route(attempted("near", 10, 30, error_type="503"), attempted("groq", 35, 60))
    assert (record.outcome, record.selected, record.time_lost) == (RouteOutcome.FAILED_OVER, "groq", 0.02)


def test_a_second_attempt_at_the_same_provider_is_no_failover(route, attempted):
    record = route(attempted("near", 10, 30, error_type="503"), attempted("near", 35, 60))
    assert (record.outcome, record.time_lost) == (RouteOutcome.OK, 0.02)


def test_a_route_without_a_good_attempt_is_exhausted_whatever_it_answered(route, attempted):
    record = route(
        attempted("near", 0, 1, error_type="503"), attempted("groq", 1, 2, error_type="429"), status_code=200
    )
    assert (record.outcome, record.selected) == (RouteOutcome.EXHAUSTED, None)


def test_a_route_that_fails_after_a_good_attempt_is_an_error(route, attempted):
    assert route(attempted("near", 0, 1), error_type="500").outcome is RouteOutcome.ERROR


def test_a_route_that_fails_before_any_attempt_is_an_error_of_no_arm(route):
    record = route(error_type="ValueError")
    assert (record.outcome, record.arm, record.alias, record.selected) == (RouteOutcome.ERROR, None, None, None)


def test_a_route_with_attempts_of_both_arms_is_mixed(route, attempted):
    assert route(attempted("near", 0, 1), attempted("near", 1, 2, arm="registry")).arm == "mixed"


def test_a_stream_that_its_reader_left_is_neither_answered_nor_failed(attempted):
    record = attempted("near", 0, 5, first=2, cancelled=True)
    assert (record.answered, record.failed) == (False, False)
    assert (record.seconds, record.seconds_to_first_chunk) == (0.005, 0.002)


def test_the_ring_forgets_the_oldest_first(route, attempted):
    ring = Ring(2)
    for number in (1, 2, 3):
        ring.add_route(route(attempted("near", 0, number)))
        ring.add_attempt(attempted("lone", 0, number))
    assert [record.attempts[0].ended for record in ring.routes()] == [2_000_000, 3_000_000]
    assert [(one.provider, one.ended) for one in ring.attempts()] == [
        ("near", 2_000_000),
        ("near", 3_000_000),
        ("lone", 2_000_000),
        ("lone", 3_000_000),
    ]
