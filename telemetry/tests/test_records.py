from collections import deque

import pytest

from cutover_telemetry import RouteOutcome, RouteRecord
from cutover_telemetry._ring import Ring, copied


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


def test_a_chain_whose_time_was_over_says_so_unless_somebody_answered(route, attempted):
    failed, answered = attempted("near", 10, 30, error_type="503"), attempted("groq", 35, 60)
    assert route(failed, overran=True).outcome is RouteOutcome.DEADLINE
    assert route(overran=True, error_type="504").outcome is RouteOutcome.DEADLINE
    assert route(failed, answered, overran=True).outcome is RouteOutcome.FAILED_OVER


def test_attempts_and_gaps_make_up_the_route(route, attempted):
    record = route(attempted("near", 10, 30, error_type="503"), attempted("groq", 35, 60))
    assert [(start // 10**6, end // 10**6) for start, end in record.gaps] == [(0, 10), (30, 35), (60, 100)]
    covered = sum(one.ended - one.started for one in record.attempts) + sum(end - start for start, end in record.gaps)
    assert covered == record.ended - record.started


def test_between_attempts_that_overlap_there_is_no_gap(route, attempted):
    record = route(attempted("near", 10, 80), attempted("groq", 20, 50), attempted("far", 80, 100))
    assert [(start // 10**6, end // 10**6) for start, end in record.gaps] == [(0, 10)]


def test_a_route_without_attempts_is_one_gap(route):
    assert route().gaps == ((0, 100_000_000),)


def test_failovers_are_from_each_failed_provider_to_the_next_with_all_that_it_had_cost(route, attempted):
    record = route(
        attempted("near", 0, 10, error_type="503"),
        attempted("near", 10, 30, error_type="503"),
        attempted("groq", 30, 35, error_type="429"),
        attempted("far", 40, 50),
    )
    assert [(one.away.provider, one.to.provider, one.time_lost) for one in record.failovers] == [
        ("near", "groq", 0.03),
        ("groq", "far", 0.005),
    ]


@pytest.mark.parametrize(
    "attempts",
    [
        [],
        [("near", 0, 10, {})],
        [("near", 0, 10, {"error_type": "503"}), ("near", 10, 20, {})],
        [("near", 0, 10, {}), ("far", 10, 20, {})],
        [("near", 0, 10, {"cancelled": True}), ("far", 10, 20, {})],
    ],
)
def test_what_is_no_failover(attempts, route, attempted):
    assert route(*(attempted(name, start, end, **fields) for name, start, end, fields in attempts)).failovers == ()


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"first": 10, "chunks": 3, "last_chunk": 50_000_000}, 0.02),
        ({"first": 10, "chunks": 1, "last_chunk": 10_000_000}, None),
        ({}, None),
    ],
)
def test_the_time_per_chunk_is_that_of_the_chunks_after_the_first(fields, seconds, attempted):
    assert attempted("near", 0, 60, **fields).seconds_per_chunk == seconds


def test_a_copy_of_a_ring_that_others_append_to_is_whole():
    class Appending(deque):
        tries = 0

        def __iter__(self):
            self.tries += 1
            if self.tries < 3:
                raise RuntimeError("deque mutated during iteration")
            return super().__iter__()

    assert copied(Appending("ab")) == ("a", "b")


def test_the_ring_forgets_the_oldest_first(route, attempted):
    ring = Ring(2)
    for number in (1, 2, 3):
        ring.route(route(attempted("near", 0, number)))
        ring.attempt(attempted("lone", 0, number))
    assert [record.attempts[0].ended for record in ring.routes()] == [2_000_000, 3_000_000]
    assert [(one.provider, one.ended) for one in ring.attempts()] == [
        ("near", 2_000_000),
        ("near", 3_000_000),
        ("lone", 2_000_000),
        ("lone", 3_000_000),
    ]
