"""Traces that come in pieces: held until they are whole, in bounded memory, and each span counted once."""

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from cutover_telemetry.incoming import Gathering

CALL = {"gen_ai.system": "openai", "gen_ai.request.model": "m-1"}


@pytest.fixture
def clock():
    class Clock:
        time = 0.0

        def __call__(self):
            return self.time

    return Clock()


@pytest.fixture
def gathering(sink, clock, service):
    return Gathering(sink, clock=clock, now=lambda: service.at(1000))


@pytest.fixture
def piece(service):
    """What ended since the last piece."""

    def take():
        spans = service.memory.get_finished_spans()
        service.memory.clear()
        return encode_spans(spans)

    return take


def test_a_call_waits_for_its_route_that_comes_with_a_later_batch(gathering, sink, clock, service, piece):
    route = service.route(100)
    service.call(10, 90, parent=route, attributes=CALL)
    gathering.take(piece())
    clock.time = 20.0
    gathering.settle()
    assert (sink.routes, sink.attempts, gathering.held) == ([], [], 1)
    route.finish()
    gathering.take(piece())
    clock.time = 24.0
    gathering.settle()
    assert sink.routes == []
    clock.time = 25.0
    gathering.settle()
    (record,) = sink.routes
    assert (len(record.attempts), gathering.held) == (1, 0)


def test_a_call_whose_route_never_comes_is_given_alone_in_the_end(gathering, sink, clock, service, piece):
    service.call(10, 90, parent=service.route(100), attributes=CALL)
    gathering.take(piece())
    clock.time = 30.0
    gathering.settle()
    assert len(sink.attempts) == 1
    assert (gathering.counts.lone, gathering.counts.routes) == (1, 0)


def test_a_span_that_is_sent_twice_is_one(gathering, sink, service):
    service.call(10, 90, attributes=CALL)
    gathering.take(service.request())
    gathering.take(service.request())
    gathering.settle(everything=True)
    assert len(sink.attempts) == 1


def test_beyond_the_limit_the_oldest_trace_is_given_as_it_is(sink, clock, service, piece):
    gathering = Gathering(sink, clock=clock, now=lambda: service.at(1000), most_held=3)
    for place in range(5):
        service.call(place, 90, attributes=CALL)
        gathering.take(piece())
    assert gathering.held == 3
    assert [each.started for each in sink.attempts] == [service.at(0), service.at(1)]


def test_traces_without_a_call_leave_nothing(gathering, sink, service, piece):
    for _ in range(3):
        service.route(100, name="GET /health").finish()
    gathering.take(piece())
    gathering.settle(everything=True)
    assert (sink.routes, sink.attempts, gathering.held) == ([], [], 0)
    assert gathering.counts.spans == 3


def test_taking_settles_what_is_due_by_itself(gathering, sink, clock, service, piece):
    route = service.route(100)
    service.call(10, 90, parent=route, attributes=CALL)
    route.finish()
    gathering.take(piece())
    clock.time = 6.0
    service.call(10, 90, attributes=CALL)
    gathering.take(piece())
    assert (len(sink.routes), gathering.held) == (1, 1)
