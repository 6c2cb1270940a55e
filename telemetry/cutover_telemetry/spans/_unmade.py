"""Spans that are not made yet: a record, its identity, and whoever can make them of it.

A serving thread leaves one of these for each route; what a span costs is paid by the thread that exports it, or by
whoever reads the memory. The identity is given out once, so that all of them make the same spans.
"""

from typing import Protocol

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from cutover_telemetry._records import AttemptRecord, RouteRecord

SAMPLED = TraceFlags(TraceFlags.SAMPLED)
UNSAMPLED = TraceFlags(TraceFlags.DEFAULT)


class Maker(Protocol):
    """Makes spans of what is unmade."""

    def made(self, unmade: "Unmade") -> tuple[ReadableSpan, ...]:
        """The spans, those of attempts before their route's."""


class Unmade:
    """The spans of a route with its attempts, or of an attempt that no route keeps.

    Attributes:
        record: What they are of.
        parent: The span above.
        trace_id: Their trace.
        span_id: The route's own span, or the lone attempt's.
        attempt_ids: Those of its attempts, once somebody has made them.
        sampled: Whether anybody wants them.
        state: What the sampler says of the trace.
    """

    __slots__ = ("_maker", "_spans", "attempt_ids", "parent", "record", "sampled", "span_id", "state", "trace_id")

    def __init__(
        self, maker: Maker, record: RouteRecord | AttemptRecord, parent: SpanContext | None, trace_id: int,
        span_id: int, sampled: bool, state: TraceState | None,
    ) -> None:  # fmt: skip
        self._maker, self.record, self.parent = maker, record, parent
        self.trace_id, self.span_id, self.sampled, self.state = trace_id, span_id, sampled, state
        self.attempt_ids: tuple[int, ...] | None = None
        self._spans: tuple[ReadableSpan, ...] | None = None

    def __len__(self) -> int:
        """How many spans."""
        return 1 + len(self.record.attempts) if isinstance(self.record, RouteRecord) else 1

    def context(self, span_id: int | None = None) -> SpanContext:
        """Of the route's own span, or of another one in the same trace."""
        flags = SAMPLED if self.sampled else UNSAMPLED
        return SpanContext(self.trace_id, span_id or self.span_id, False, flags, self.state)

    def make(self) -> tuple[ReadableSpan, ...]:
        """Make them, to be used and let go."""
        return self._spans or self._maker.made(self)

    def kept(self) -> tuple[ReadableSpan, ...]:
        """Make them once, and keep them."""
        if self._spans is None:
            self._spans = self._maker.made(self)
        return self._spans
