"""What a sender can do wrong, or on purpose: it is refused and counted, or becomes plain text of bounded size."""

import time

import pytest

from cutover_telemetry.incoming import Gathering, records_of

CALL = {"gen_ai.system": "openai", "gen_ai.request.model": "m-1"}


@pytest.fixture
def damaged(service):
    """A request with one span that `damage` has been done to, beside one that is fine."""

    def make(damage):
        service.call(0, 9, attributes=CALL)
        service.call(0, 9, attributes=CALL)
        request = service.request()
        damage(request.resource_spans[0].scope_spans[0].spans[0])
        return request

    return make


def set_field(name, value):
    return lambda span: setattr(span, name, value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (set_field("trace_id", b""), "no valid trace id and span id"),
        (set_field("trace_id", bytes(16)), "no valid trace id and span id"),
        (set_field("span_id", b"x" * 9), "no valid trace id and span id"),
        (set_field("start_time_unix_nano", 0), "no valid start and end"),
        (set_field("end_time_unix_nano", 1), "no valid start and end"),
        (set_field("end_time_unix_nano", 2**64 - 1), "no valid start and end"),
        (set_field("start_time_unix_nano", 1), None),
    ],
)
def test_a_span_that_cannot_be_true_is_refused_and_the_others_are_taken(damaged, damage, reason, sink):
    request = damaged(damage)
    end = request.resource_spans[0].scope_spans[0].spans[1].end_time_unix_nano
    gathering = Gathering(sink, now=lambda: end)
    assert gathering.take(request) == ({} if reason is None else {reason: 1})
    gathering.settle(everything=True)
    assert len(sink.attempts) == (2 if reason is None else 1)


@pytest.mark.parametrize("days", [-15, 1])
def test_a_span_of_another_age_is_refused_where_a_clock_is_known(service, sink, days):
    service.call(0, 9, attributes=CALL)
    now = service.at(9) - days * 24 * 3600 * 10**9
    rejected = Gathering(sink, now=lambda: now).take(service.request())
    assert rejected == {"it ended more than 14 days ago or in the future": 1}
    assert len(records_of(service.request())) == 1


def test_names_are_printable_text_of_bounded_length(service):
    name = "<img src=x onerror=alert(1)>\x1b[2J\n" + "x" * 10_000
    service.call(0, 9, attributes={"gen_ai.system": name, "gen_ai.request.model": name}, failed=True)
    (attempt,) = records_of(service.request())
    assert attempt.model.startswith("<img src=x onerror=alert(1)>?[2J?xxx")
    assert len(attempt.model) == len(attempt.provider) == 200


@pytest.mark.parametrize("value", [-1, 2**62, 3.5, "5", True, [1, 2]])
def test_a_number_that_is_none_is_left_out(service, value):
    told = {
        **CALL,
        "gen_ai.usage.input_tokens": value,
        "gen_ai.response.time_to_first_chunk": float("nan") if value == -1 else "soon",
    }
    service.call(0, 9, attributes=told)
    (attempt,) = records_of(service.request())
    assert (attempt.input_tokens, attempt.first_chunk) == (None, None)


def test_a_circle_of_parents_and_a_chain_without_end_are_read_in_bounded_time(service):
    for _ in range(3_000):
        service.call(0, 9, attributes=CALL)
    request = service.request()
    spans = request.resource_spans[0].scope_spans[0].spans
    for place, span in enumerate(spans):
        span.trace_id = spans[0].trace_id
        span.parent_span_id = spans[place - 1].span_id
    began = time.process_time()
    records_of(request)
    assert time.process_time() - began < 5


def test_a_span_that_is_its_own_parent_stands_alone(service):
    service.call(0, 9, attributes=CALL)
    request = service.request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.parent_span_id = span.span_id
    assert len(records_of(request)) <= 1


def test_different_names_beyond_the_limit_are_counted_together(service, sink, monkeypatch):
    monkeypatch.setattr("cutover_telemetry.incoming._gathering.MOST_NAMES", 3)
    gathering = Gathering(sink, now=lambda: service.at(10))
    for place in range(5):
        service.call(0, 9, attributes={**CALL, "gen_ai.request.model": f"m-{place}"})
    route = service.route(10, name="the route")
    service.call(0, 9, parent=route, attributes={**CALL, "gen_ai.request.model": "m-9"})
    route.finish()
    gathering.take(service.request())
    gathering.settle(everything=True)
    assert [each.model for each in sink.attempts] == ["m-0", "m-1", "m-2", "(other)", "(other)"]
    (route,) = sink.routes
    assert (route.name, route.attempts[0].model) == ("the route", "(other)")
