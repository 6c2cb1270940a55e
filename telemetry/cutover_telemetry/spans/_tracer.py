"""Spans made through a tracer: for a tracer provider that is the application's own, with its sampler and processors.

All spans of a route are made when it ends, with the times that were noted: a tracer asks much more of each attribute
that is set on a live span.
"""

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    get_current_span,
    set_span_in_context,
)

from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.names import SCOPE, Dialect
from cutover_telemetry.spans._described import Described, Describer


class TracerSpans:
    """Makes spans of records through the tracer of a provider."""

    def __init__(self, provider: trace.TracerProvider, dialect: Dialect) -> None:
        self._tracer = provider.get_tracer(SCOPE, schema_url=dialect.schema_url)
        self._describe = Describer(dialect)

    @staticmethod
    def here() -> Context:
        """The context of the caller, to be the parent's."""
        return get_current()

    @staticmethod
    def is_span(caller: Context) -> bool:
        """Whether the caller has a span."""
        return get_current_span(caller).get_span_context().is_valid

    def route(self, record: RouteRecord, caller: Context) -> SpanContext:
        """Make the spans of a route and its attempts; give what late attempts hang below."""
        described = self._describe.route(record)
        span = self._begun(described, SpanKind.INTERNAL, caller, record.started)
        inside = set_span_in_context(span, caller)
        for attempt in record.attempts:
            self._attempt(self._describe.attempt(attempt), attempt, inside)
        span.end(record.ended)
        return span.get_span_context()

    def attempt(self, record: AttemptRecord, caller: Context, below: SpanContext | None) -> None:
        """Make the span of an attempt that no route keeps, below an ended route's span or the caller's own."""
        context = caller if below is None else set_span_in_context(NonRecordingSpan(below), caller)
        self._attempt(self._describe.attempt(record, alone=True), record, context)

    def _attempt(self, described: Described, record: AttemptRecord, context: Context) -> None:
        self._begun(described, SpanKind.CLIENT, context, record.started).end(record.ended)

    def _begun(self, described: Described, kind: SpanKind, context: Context, started: int) -> Span:
        span = self._tracer.start_span(described.name, context, kind, described.attributes, start_time=started)
        if span.is_recording():
            for event in described.events:
                span.add_event(event.name, event.attributes, timestamp=event.at)
            if described.error is not None:
                span.set_status(Status(StatusCode.ERROR, described.error))
        return span
