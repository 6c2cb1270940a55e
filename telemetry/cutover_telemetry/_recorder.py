"""What the middleware and the hook share: the tracer, the dialect, the clock, the ring and the count of faults."""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer

from cutover_telemetry._clock import Clock
from cutover_telemetry._faults import Faults
from cutover_telemetry._names import Attribute, Dialect, Value
from cutover_telemetry._records import Ring


class Recorder:
    """Starts and ends spans without ever raising, and keeps the records."""

    def __init__(self, tracer: Tracer, *, dialect: Dialect, clock: Clock, ring: Ring) -> None:
        self.active = True
        self.clock = clock
        self.ring = ring
        self.faults = Faults()
        self._tracer = tracer
        self._dialect = dialect

    def start_span(
        self, name: str, kind: SpanKind, *, context: Context, at: int, attributes: Mapping[Attribute, Value | None]
    ) -> Span:
        """A span that began at this time; one that records nothing if the tracer fails."""
        with self.faults:
            spelt = self._dialect.spell(attributes)
            return self._tracer.start_span(name, context, kind, spelt, start_time=at)
        return INVALID_SPAN

    def end_span(
        self, span: Span, *, at: int, attributes: Mapping[Attribute, Value | None], error_type: str | None = None
    ) -> None:
        """End the span at this time; with an error its status is ERROR, else it stays unset."""
        with self.faults:
            span.set_attributes(self._dialect.spell(attributes))
            if error_type is not None:
                span.set_status(Status(StatusCode.ERROR, error_type))
        with self.faults:
            span.end(at)
