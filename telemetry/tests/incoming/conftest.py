"""Fixtures: spans as somebody else's instrumentation makes them, and the export request that would carry them."""

from types import SimpleNamespace

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

MILLISECOND = 1_000_000
BEGIN = 1_790_000_000_000 * MILLISECOND


class Service:
    """A service with its own tracer provider; times are milliseconds after its beginning."""

    def __init__(self, begin=BEGIN, **resource):
        self.begin = begin
        self.memory = InMemorySpanExporter()
        self.provider = TracerProvider(resource=Resource(resource), shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.memory))

    def at(self, milliseconds):
        return self.begin + round(milliseconds * MILLISECOND)

    def span(self, name, start, end, *, parent=None, kind=SpanKind.CLIENT, scope="some.instrumentation", **rest):
        """A span from a mapping of `attributes`, with `events` as (name, at, attributes) and a `status`."""
        context = None if parent is None else set_span_in_context(parent)
        tracer = self.provider.get_tracer(scope)
        span = tracer.start_span(name, context, kind, rest.get("attributes", {}), start_time=self.at(start))
        for event, at, attributes in rest.get("events", ()):
            span.add_event(event, attributes, self.at(at))
        if rest.get("failed"):
            span.set_status(Status(StatusCode.ERROR, "text that is not to be read"))
        span.end_time_wanted = end
        span.finish = lambda: span.end(self.at(end))
        return span

    def route(self, end, *, start=0, name="POST /v1/chat/completions", attributes=None, **rest):
        """A server span, not finished yet."""
        return self.span(name, start, end, kind=SpanKind.SERVER, attributes=attributes or {}, **rest)

    def call(self, start, end, *, parent=None, **rest):
        """A finished span of a call."""
        span = self.span(rest.pop("name", "chat m-1"), start, end, parent=parent, **rest)
        span.finish()
        return span

    def request(self):
        """What its exporter would send: the spans in the order in which they ended."""
        return encode_spans(self.memory.get_finished_spans())


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def make_service():
    return Service


class Sink(SimpleNamespace):
    def __init__(self):
        super().__init__(routes=[], attempts=[], breakers=[])

    def route(self, record):
        self.routes.append(record)

    def attempt(self, record):
        self.attempts.append(record)

    def breaker(self, record):
        self.breakers.append(record)


@pytest.fixture
def sink():
    return Sink()
