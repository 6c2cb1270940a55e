"""Where our spans go without any set-up: a bounded memory, and one line each on the console.

Both are guests in a tracer provider that may be the application's own: they take our spans only, and none once stopped.
"""

import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from cutover_telemetry._names import SCOPE, V1_41, Attribute, Dialect

MEMORY_SIZE = 100_000
MILLISECONDS = 1_000_000
SHOWN = (Attribute.ARM, Attribute.OUTCOME, Attribute.PROVIDER, Attribute.ATTEMPT_NUMBER, Attribute.ERROR_TYPE)


class GuestExporter(SpanExporter, ABC):
    """Takes spans of this package until it is stopped."""

    def __init__(self) -> None:
        self.active = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take those of the spans that are ours."""
        if self.active:
            self.take([span for span in spans if _is_ours(span)])
        return SpanExportResult.SUCCESS

    @abstractmethod
    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Do with them what this exporter is for."""


class MemoryExporter(GuestExporter):
    """Keeps the latest spans; the oldest are forgotten first."""

    def __init__(self, size: int = MEMORY_SIZE) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._spans: deque[ReadableSpan] = deque(maxlen=size)

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Keep them."""
        with self._lock:
            self._spans.extend(spans)

    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans in the order in which they ended."""
        with self._lock:
            return tuple(self._spans.copy())


class ConsoleExporter(GuestExporter):
    """Prints one line a span to standard output."""

    def __init__(self, dialect: Dialect = V1_41) -> None:
        super().__init__()
        self._dialect = dialect

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Print them."""
        for span in spans:
            sys.stdout.write(span_line(span, dialect=self._dialect) + "\n")
        sys.stdout.flush()


def span_line(span: ReadableSpan, *, dialect: Dialect) -> str:
    """The span's name, milliseconds, and what it came to; attempts are indented below their route."""
    attributes = span.attributes or {}
    shown = [dialect.names(attribute)[0] for attribute in SHOWN]
    indent = "  " if span.kind is SpanKind.CLIENT and span.parent is not None else ""
    milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / MILLISECONDS
    told = " ".join(_printable(attributes[name]) for name in shown if name in attributes)
    return f"{indent}{_printable(span.name)}  {milliseconds:.1f} ms  {told}"


def _is_ours(span: ReadableSpan) -> bool:
    scope = span.instrumentation_scope
    return scope is not None and scope.name == SCOPE


def _printable(value: object) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
