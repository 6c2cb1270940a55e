"""Spans of many requests, held until their trace is whole: a call comes before its route, and often in another batch.

A trace whose route has come is settled some seconds after its last span, any other after more; then its records go to
the sink. What is held is bounded, and beyond that the oldest traces are settled as they are. Names are bounded too.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cutover_telemetry._records import AttemptRecord, RecordSink, RouteRecord
from cutover_telemetry.incoming._assembly import Record, is_route, records_of_trace
from cutover_telemetry.incoming._reading import Reading
from cutover_telemetry.incoming._seen import SeenSpan, seen_spans

SETTLED_AFTER = 5.0
GIVEN_UP_AFTER = 30.0
SETTLED_EVERY = 1.0
MOST_HELD = 100_000
MOST_NAMES = 1_000
OTHER = "(other)"


@dataclass(slots=True)
class Counts:
    """What came in, what of it went to the sink (`lone` attempts have no route), and what was `rejected`, by reason."""

    requests: int = 0
    spans: int = 0
    routes: int = 0
    lone: int = 0
    points: int = 0
    logs: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def records_of(request: ExportTraceServiceRequest, reading: Reading | None = None) -> tuple[Record, ...]:
    """The routes, and the attempts of no route, that one export request tells of; each trace by itself."""
    traces: dict[bytes, list[SeenSpan]] = {}
    for span in seen_spans(request):
        traces.setdefault(span.trace, []).append(span)
    read = reading or Reading()
    return tuple(record for spans in traces.values() for record in records_of_trace(spans, read))


class Gathering:
    """Takes requests from any thread and gives records to a sink; `settle` is to be called now and then."""

    def __init__(
        self,
        sink: RecordSink,
        *,
        reading: Reading | None = None,
        settled_after: float = SETTLED_AFTER,
        given_up_after: float = GIVEN_UP_AFTER,
        most_held: int = MOST_HELD,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.counts = Counts()
        self._sink = sink
        self._reading = reading or Reading()
        self._settled_after, self._given_up_after = settled_after, given_up_after
        self._most_held = most_held
        self._clock, self._now = clock, now
        self._traces: OrderedDict[bytes, _Held] = OrderedDict()
        self._held = 0
        self._settled_at = clock()
        self._names = _Names(MOST_NAMES)
        self._lock = threading.RLock()

    def take(self, request: ExportTraceServiceRequest) -> Counter[str]:
        """Take a request; gives the number of its spans that were refused, by reason."""
        rejected: Counter[str] = Counter()
        spans = seen_spans(request, rejected=rejected, now=self._now())
        with self._lock:
            self.counts.requests += 1
            self.counts.spans += len(spans)
            self.counts.rejected.update(rejected)
            self._hold(spans)
            self._keep_bounded()
            if self._clock() - self._settled_at >= SETTLED_EVERY:
                self.settle()
        return rejected

    def settle(self, *, everything: bool = False) -> None:
        """Give the records of the traces that are whole, or of all that are held."""
        with self._lock:
            now = self._settled_at = self._clock()
            ready = [trace for trace, held in self._traces.items() if everything or held.due(now, self._waits(held))]
            for trace in ready:
                self._give(self._taken(trace))

    @property
    def held(self) -> int:
        """How many spans wait for their trace."""
        return self._held

    def _waits(self, held: "_Held") -> float:
        return self._settled_after if held.has_route else self._given_up_after

    def _hold(self, spans: Iterable[SeenSpan]) -> None:
        now = self._clock()
        for span in spans:
            held = self._traces.setdefault(span.trace, _Held())
            self._held += held.add(span, now)

    def _keep_bounded(self) -> None:
        while self._held > self._most_held:
            self._give(self._taken(next(iter(self._traces))))

    def _taken(self, trace: bytes) -> Iterable[SeenSpan]:
        held = self._traces.pop(trace)
        self._held -= len(held.spans)
        return held.spans.values()

    def _give(self, spans: Iterable[SeenSpan]) -> None:
        for record in records_of_trace(spans, self._reading):
            bounded = self._names.bounded(record)
            if isinstance(bounded, RouteRecord):
                self.counts.routes += 1
                self._sink.route(bounded)
            else:
                self.counts.lone += 1
                self._sink.attempt(bounded)


class _Held:
    """The spans of one trace so far; a span that was sent twice is one."""

    __slots__ = ("has_route", "last", "spans")

    def __init__(self) -> None:
        self.spans: dict[bytes, SeenSpan] = {}
        self.has_route = False
        self.last = 0.0

    def add(self, span: SeenSpan, now: float) -> int:
        known = len(self.spans)
        self.spans[span.span] = span
        self.last = now
        self.has_route = self.has_route or is_route(span)
        return len(self.spans) - known

    def due(self, now: float, waits: float) -> bool:
        return now - self.last >= waits


class _Names:
    """At most so many different values of each field; the rest is `(other)`, since whoever sends chooses them."""

    FIELDS = ("provider", "slot", "function", "arm", "site", "model", "error_type")

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, set[str]] = {field: set() for field in (*self.FIELDS, "name")}

    def bounded(self, record: Record) -> Record:
        if isinstance(record, AttemptRecord):
            changed = self._changed(record, self.FIELDS)
            return replace(record, **changed) if changed else record
        attempts = tuple(self._attempt(attempt) for attempt in record.attempts)
        return replace(record, attempts=attempts, **self._changed(record, ("name", "error_type")))

    def _attempt(self, attempt: AttemptRecord) -> AttemptRecord:
        changed = self._changed(attempt, self.FIELDS)
        return replace(attempt, **changed) if changed else attempt

    def _changed(self, record: Record, fields: Iterable[str]) -> dict[str, Any]:
        return {field: OTHER for field in fields if not self._has(field, getattr(record, field))}

    def _has(self, field: str, value: str | None) -> bool:
        known = self._known[field]
        if value is None or value in known:
            return True
        if len(known) >= self._most:
            return False
        known.add(value)
        return True
