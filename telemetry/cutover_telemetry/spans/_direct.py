"""Spans of our own pipeline: made as they are when they have ended, for its processors alone.

Where the application has no tracer provider of its own, nobody but our processors sees a span, and none of them wants
to see it begin. So a serving thread only decides whether a route is sampled and gives it its identity; the spans are
made by the thread that exports them, or by whoever reads them.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, get_current_span

from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.names import SCOPE, Dialect, Value
from cutover_telemetry.spans._described import Described, Describer, attempt_span_name, route_span_name
from cutover_telemetry.spans._processors import GuestProcessor
from cutover_telemetry.spans._unmade import Unmade

UNSET: Final = Status(StatusCode.UNSET)


class DirectSpans:
    """Makes spans of records; ids, the sampler and the resource are the settings' (a tracer provider, nobody's)."""

    def __init__(self, settings: TracerProvider, processors: Sequence[GuestProcessor], dialect: Dialect) -> None:
        self._ids, self._sampler, self._resource = settings.id_generator, settings.sampler, settings.resource
        self._processors = tuple(processors)
        self._scope = InstrumentationScope(SCOPE, schema_url=dialect.schema_url)
        self._describe = Describer(dialect)
        self._errors: dict[str, Status] = {}
        self._making = threading.RLock()

    @staticmethod
    def here() -> Context:
        """The context of the caller, to be the parent's."""
        return get_current()

    @staticmethod
    def is_span(caller: Context) -> bool:
        """Whether the caller has a span."""
        return _parent(caller) is not None

    def route(self, record: RouteRecord, caller: Context) -> Unmade:
        """Leave the spans of a route and its attempts; give what late attempts hang below."""
        unmade = self._identified(record, route_span_name(record.alias), SpanKind.INTERNAL, caller)
        self._hand_over(unmade)
        return unmade

    def attempt(self, record: AttemptRecord, caller: Context, below: Unmade | None) -> None:
        """Leave the span of an attempt that no route keeps, below an ended route's span or the caller's own."""
        if below is None:
            self._hand_over(self._identified(record, attempt_span_name(record.model), SpanKind.CLIENT, caller))
        elif below.sampled:
            span_id = self._ids.generate_span_id()
            self._hand_over(Unmade(self, record, below.context(), below.trace_id, span_id, True, below.state))

    def made(self, unmade: Unmade) -> tuple[ReadableSpan, ...]:
        """Make the spans."""
        record, own = unmade.record, unmade.context()
        if isinstance(record, AttemptRecord):
            told = self._describe.attempt(record, alone=True)
            return (self._span(told, SpanKind.CLIENT, own, unmade.parent, record),)
        spans = [
            self._span(self._describe.attempt(attempt), SpanKind.CLIENT, unmade.context(span_id), own, attempt)
            for attempt, span_id in zip(record.attempts, self._span_ids(unmade), strict=True)
        ]
        spans.append(self._span(self._describe.route(record), SpanKind.INTERNAL, own, unmade.parent, record))
        return tuple(spans)

    def _identified(self, record: RouteRecord | AttemptRecord, name: str, kind: SpanKind, caller: Context) -> Unmade:
        parent = _parent(caller)
        trace_id = self._ids.generate_trace_id() if parent is None else parent.trace_id
        asked = self._sampler.should_sample(caller, trace_id, name, kind, _Attributes(self._describe, record))
        sampled = asked.decision is Decision.RECORD_AND_SAMPLE
        return Unmade(self, record, parent, trace_id, self._ids.generate_span_id(), sampled, asked.trace_state)

    def _span_ids(self, unmade: Unmade) -> tuple[int, ...]:
        with self._making:
            if unmade.attempt_ids is None:
                unmade.attempt_ids = tuple([self._ids.generate_span_id() for _ in range(len(unmade) - 1)])
            return unmade.attempt_ids

    def _hand_over(self, unmade: Unmade) -> None:
        if unmade.sampled:
            for processor in self._processors:
                processor.leave(unmade)

    def _span(
        self,
        described: Described,
        kind: SpanKind,
        own: SpanContext,
        parent: SpanContext | None,
        record: RouteRecord | AttemptRecord,
    ) -> ReadableSpan:
        return ReadableSpan(
            described.name,
            own,
            parent,
            self._resource,
            described.attributes,
            [Event(event.name, event.attributes, event.at) for event in described.events],
            kind=kind,
            status=UNSET if described.error is None else self._error(described.error),
            start_time=record.started,
            end_time=record.ended,
            instrumentation_scope=self._scope,
        )

    def _error(self, name: str) -> Status:
        status = self._errors.get(name)
        if status is None:
            status = self._errors[name] = Status(StatusCode.ERROR, name)
        return status


class _Attributes(Mapping[str, Value]):
    """What a sampler may look at, described only if it does; the SDK's own never do."""

    __slots__ = ("_describe", "_found", "_record")

    def __init__(self, describe: Describer, record: RouteRecord | AttemptRecord) -> None:
        self._describe, self._record = describe, record
        self._found: dict[str, Value] | None = None

    def __getitem__(self, name: str) -> Value:
        return self._attributes()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._attributes())

    def __len__(self) -> int:
        return len(self._attributes())

    def _attributes(self) -> dict[str, Value]:
        if self._found is None:
            record, describe = self._record, self._describe
            is_route = isinstance(record, RouteRecord)
            told = describe.route(record) if is_route else describe.attempt(record, alone=True)  # type: ignore[arg-type]
            self._found = told.attributes
        return self._found


def _parent(caller: Context) -> SpanContext | None:
    found = get_current_span(caller).get_span_context()
    return found if found.is_valid else None
