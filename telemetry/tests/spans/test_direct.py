"""Spans of our own pipeline: whole, with the ids of an id generator that counts."""

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from cutover_telemetry import BOTH, V1_41, RouteRecord
from cutover_telemetry.spans import DirectSpans, MemorySpans

MILLISECOND = 1_000_000


@pytest.fixture
def made(counted_ids):
    """Spans of our own pipeline and the memory they go to, with the settings that are given."""

    def make(dialect=V1_41, **settings):
        memory = MemorySpans()
        provider = TracerProvider(id_generator=counted_ids(), shutdown_on_exit=False, **settings)
        return DirectSpans(provider, [memory], dialect), memory

    return make


@pytest.fixture
def route(attempted):
    failed = attempted("near", 10, 30, number=1, error_type="503")
    answered = attempted("groq", 35, 60, number=2, input_tokens=7, output_tokens=9)
    return RouteRecord(started=0, ended=70 * MILLISECOND, attempts=(failed, answered), status_code=200)


def below(trace_id, span_id, *, sampled=True):
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(context), Context())


def test_the_whole_spans_of_a_route_that_failed_over(made, route, told):
    spans, memory = made()
    own = spans.route(route, Context())
    assert (own.trace_id, own.span_id) == (1, 1)
    first, second, whole = memory.spans()
    assert [(one.context.trace_id, one.context.span_id) for one in (first, second, whole)] == [(1, 2), (1, 3), (1, 1)]
    assert [one.parent and one.parent.span_id for one in (first, second, whole)] == [1, 1, None]
    assert told([second]) == [
        {
            "name": "chat m-1",
            "kind": "CLIENT",
            "parent": "outside",
            "attributes": {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "groq",
                "gen_ai.request.model": "m-1",
                "cutover.arm": "legacy",
                "cutover.site": "chat",
                "cutover.slot": "make_request",
                "cutover.function": "make_groq_request",
                "cutover.attempt.number": 2,
                "gen_ai.usage.input_tokens": 7,
                "gen_ai.usage.output_tokens": 9,
            },
            "status": ("UNSET", None),
            "events": [],
            "time": (35, 60),
        }
    ]
    assert (whole.name, whole.kind.name, whole.start_time, whole.end_time) == (
        "route chat m-1",
        "INTERNAL",
        0,
        70 * MILLISECOND,
    )
    assert [event.name for event in whole.events] == [
        "feature_flag.evaluation",
        "feature_flag.evaluation",
        "cutover.failed_over",
    ]
    assert whole.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.41.0"
    assert whole.resource.attributes["telemetry.sdk.language"] == "python"


def test_a_route_below_a_callers_span_is_in_its_trace(made, route):
    spans, memory = made()
    spans.route(route, below(77, 5))
    assert {one.context.trace_id for one in memory.spans()} == {77}
    assert memory.spans()[-1].parent.span_id == 5


def test_below_a_span_that_is_not_sampled_nothing_is_made_but_the_trace_is_known(made, route):
    spans, memory = made()
    assert spans.route(route, below(77, 5, sampled=False)).trace_id == 77
    assert memory.spans() == ()


def test_the_sampler_decides_once_for_a_route(made, route):
    spans, memory = made(sampler=ALWAYS_OFF)
    assert not spans.route(route, Context()).sampled
    assert memory.spans() == ()


def test_an_attempt_alone_is_a_root_that_tells_of_its_arm(made, attempted):
    spans, memory = made()
    spans.attempt(attempted("near", 10, 30, detached=True), Context(), None)
    (span,) = memory.spans()
    assert (span.parent, span.attributes["cutover.attempt.detached"]) == (None, True)
    assert [event.name for event in span.events] == ["feature_flag.evaluation"]


def test_a_late_attempt_hangs_below_the_route_and_is_sampled_as_it_was(made, route, attempted):
    spans, memory = made()
    own = spans.route(route, Context())
    spans.attempt(attempted("near", 80, 90, late=True), Context(), own)
    late = memory.spans()[-1]
    assert (late.parent.span_id, late.context.trace_id) == (own.span_id, own.trace_id)
    silent = spans.route(route, below(77, 5, sampled=False))
    spans.attempt(attempted("near", 80, 90, late=True), Context(), silent)
    assert memory.spans()[-1] is late


def test_models_without_end_are_not_all_remembered(made, attempted):
    spans, memory = made(BOTH)
    for number in range(3_000):
        spans.attempt(attempted("near", 0, 1, model=f"m-{number}"), Context(), None)
    assert len(spans._describe._common) <= 1024
    assert [span.attributes["gen_ai.request.model"] for span in memory.spans()[-2:]] == ["m-2998", "m-2999"]
