"""What hooks and middleware hand their records to: the sinks, and if they are on, spans and metrics. Never raises."""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from cutover_telemetry._clock import Clock
from cutover_telemetry._faults import Faults
from cutover_telemetry._records import (
    NANOSECONDS,
    AttemptRecord,
    BreakerRecord,
    RecordSink,
    RouteRecord,
    complete,
)


class Spans(Protocol):
    """Makes spans of records."""

    def here(self) -> Any:
        """The caller's context."""

    def is_span(self, caller: Any) -> bool:
        """Whether there is a span in this context."""

    def route(self, record: RouteRecord, caller: Any) -> Any:
        """Make the spans of a route and its attempts; give the context of the route's own."""

    def attempt(self, record: AttemptRecord, caller: Any, below: Any) -> None:
        """Make the span of an attempt that no route keeps."""


class Metrics(Protocol):
    """Makes metrics of records."""

    active: bool

    def attempt(self, record: AttemptRecord, gaps: Iterable[int]) -> None:
        """Take an attempt that has ended."""

    def route(self, record: RouteRecord) -> None:
        """Take a route that has ended."""

    def breaker(self, record: BreakerRecord) -> None:
        """Take a circuit that turned."""


class Recorder:
    """Keeps records, and makes of them what is on; `spent` is nanoseconds in telemetry's own code."""

    def __init__(self, clock: Clock, sinks: Sequence[RecordSink], *, faults: Faults | None = None) -> None:
        self.active = True
        self.clock = clock
        self.faults = faults or Faults()
        self.lock = threading.RLock()
        self.spans: Spans | None = None
        self.metrics: Metrics | None = None
        self.spent = 0
        self._sinks = tuple(sinks)
        self.flushes = [sink.flush for sink in self._sinks if hasattr(sink, "flush")]

    def flush(self) -> None:
        """Have exported and stored what waits."""
        for flush in self.flushes:
            with self.faults:
                flush()

    def overhead(self) -> tuple[float, int]:
        """Seconds in telemetry's own code, and how many of its errors were swallowed."""
        return self.spent / NANOSECONDS, self.faults.count

    def here(self) -> Any:
        """The caller's context, which spans will hang below."""
        return None if self.spans is None else self.spans.here()

    def is_in_span(self, caller: Any) -> bool:
        """Whether the caller's context has a span."""
        return self.spans is not None and self.spans.is_span(caller)

    def ended(self, record: AttemptRecord, gaps: Iterable[int]) -> None:
        """Take an attempt that has ended, in a route or not."""
        if self.metrics is not None:
            try:
                self.metrics.attempt(record, gaps)
            except Exception as error:  # noqa: BLE001  telemetry is a guest
                self.faults.note(error)

    def keep_attempt(self, record: AttemptRecord, *, caller: Any, below: Any = None) -> None:
        """Keep an attempt that no route keeps."""
        if self.spans is not None:
            try:
                self.spans.attempt(record, caller, below)
            except Exception as error:  # noqa: BLE001  telemetry is a guest
                self.faults.note(error)
        for sink in self._sinks:
            try:
                sink.attempt(record)
            except Exception as error:  # noqa: BLE001  telemetry is a guest
                self.faults.note(error)

    def keep_route(self, record: RouteRecord, *, caller: Any, overhead: int) -> Any:
        """Keep a route; give the context of its span, which late attempts hang below."""
        begun = time.perf_counter_ns()
        below = None
        try:
            if self.metrics is not None:
                self.metrics.route(record)
            if self.spans is not None:
                below = self.spans.route(record, caller)
        except Exception as error:  # noqa: BLE001  telemetry is a guest
            self.faults.note(error)
        spent = overhead + time.perf_counter_ns() - begun
        complete(record, overhead=spent, trace_id=getattr(below, "trace_id", 0))
        self.spent += spent
        for sink in self._sinks:
            try:
                sink.route(record)
            except Exception as error:  # noqa: BLE001  telemetry is a guest
                self.faults.note(error)
        return below

    def keep_breaker(self, record: BreakerRecord) -> None:
        """Keep a circuit's change."""
        if self.metrics is not None:
            with self.faults:
                self.metrics.breaker(record)
        for sink in self._sinks:
            with self.faults:
                sink.breaker(record)
