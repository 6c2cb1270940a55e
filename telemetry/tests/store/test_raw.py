import dataclasses
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.store import DamagedPiece
from cutover_telemetry.store._raw import Piece, packed

TIMES = st.integers(0, 2**62)
WORDS = st.text(max_size=8)
COUNTS = st.none() | st.integers(0, 2**40)
ATTEMPTS = st.builds(
    AttemptRecord,
    provider=WORDS,
    slot=WORDS,
    function=WORDS,
    arm=st.sampled_from(["legacy", "registry"]),
    site=st.none() | WORDS,
    model=st.none() | WORDS,
    number=COUNTS,
    started=TIMES,
    ended=TIMES,
    first_chunk=st.none() | TIMES,
    chunks=COUNTS,
    streamed=st.booleans(),
    cancelled=st.booleans(),
    error_type=st.none() | WORDS,
    last_chunk=st.none() | TIMES,
    longest_gap=COUNTS,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    late=st.booleans(),
)
ROUTES = st.builds(
    RouteRecord,
    started=TIMES,
    ended=TIMES,
    attempts=st.lists(ATTEMPTS, max_size=3).map(tuple),
    status_code=st.none() | st.integers(100, 599),
    disconnected=st.booleans(),
    error_type=st.none() | WORDS,
    name=st.none() | WORDS,
    skips=st.lists(st.builds(SkipRecord, WORDS, WORDS, TIMES), max_size=2).map(tuple),
    breakers=st.lists(st.builds(BreakerRecord, WORDS, WORDS, WORDS, TIMES), max_size=2).map(tuple),
    overran=st.booleans(),
    overhead=st.integers(0, 10**9),
    trace_id=st.none() | WORDS,
)


@settings(deadline=None)
@given(st.lists(ROUTES, max_size=6), st.lists(ATTEMPTS, max_size=4))
def test_routes_and_attempts_come_back_as_they_were(routes, lone):
    piece = Piece(packed(routes, lone))
    assert [piece.route(place) for place in range(len(piece))] == routes
    assert list(piece.attempts()) == [attempt for route in routes for attempt in route.attempts] + lone


def test_the_routes_of_one_provider_are_found_latest_end_first(attempt, route):
    routes = [route(attempt("a", at=1)), route(attempt("b", at=9)), route(attempt("b", at=2), attempt("a", at=5))]
    piece = Piece(packed(routes, [attempt("c", at=4)]))
    assert [place for _, place in piece.newest("a")] == [2, 0]
    assert [place for _, place in piece.newest(None)] == [1, 2, 0]
    assert piece.newest("c") == piece.newest("nobody") == []


def test_thousands_of_routes_take_few_bytes_each(traffic):
    routes = traffic(500)
    assert len(packed(routes, [])) / 500 < 80


def test_a_field_of_a_later_release_is_passed_over_and_one_that_is_missing_keeps_its_default(attempt, route):
    record = route(attempt(first=0.5), name="POST /chat")
    document = json.loads(zlib.decompress(packed([record], [])))
    document["attempts"]["colour"] = ["red"]
    document["routes"]["mood"] = {"all": "calm"}
    del document["attempts"]["first_chunk"]
    (found,) = [Piece(zlib.compress(json.dumps(document).encode())).route(0)]
    (expected,) = record.attempts
    assert found == dataclasses.replace(record, attempts=(dataclasses.replace(expected, first_chunk=None),))


@pytest.mark.parametrize(
    "form", [b"", b"nonsense", zlib.compress(b"[]"), zlib.compress(b"{}"), zlib.compress(b'{"sizes": 3}')]
)
def test_bytes_that_are_no_piece_are_refused(form):
    with pytest.raises(DamagedPiece, match="a piece of stored routes cannot be read"):
        Piece(form)
