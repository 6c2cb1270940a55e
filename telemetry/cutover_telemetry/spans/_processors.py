"""Where our spans go: a bounded memory, or a line each on the console; to an exporter by `BatchedSpans`.

All are guests in a tracer provider that may be the application's own: they take our spans only, and none once stopped.
Of our own pipeline they are given spans that are not made yet.
"""

import sys
from abc import ABC, abstractmethod
from collections import deque
from itertools import chain

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanKind

from cutover_telemetry._faults import Faults
from cutover_telemetry._ring import copied
from cutover_telemetry.names import SCOPE, V1_41, Attribute, Dialect
from cutover_telemetry.spans._unmade import Unmade

MEMORY_SIZE = 10_000
MILLISECONDS = 1_000_000
SHOWN = (Attribute.ARM, Attribute.OUTCOME, Attribute.PROVIDER, Attribute.ATTEMPT_NUMBER, Attribute.ERROR_TYPE)


class GuestProcessor(SpanProcessor, ABC):
    """Takes spans of this package until it is stopped."""

    def __init__(self) -> None:
        self.active = True

    def on_end(self, span: ReadableSpan) -> None:
        """Take the span if it is ours."""
        scope = span.instrumentation_scope
        if self.active and scope is not None and scope.name == SCOPE:
            self.take(span)

    def leave(self, unmade: Unmade) -> None:
        """Take spans of our own pipeline."""
        if self.active:
            self.take(unmade)

    @abstractmethod
    def take(self, given: ReadableSpan | Unmade) -> None:
        """Do with it what this processor is for."""

    def end(self) -> None:
        """Take nothing more; `shutdown` waits for what that means."""
        self.active = False


class MemorySpans(GuestProcessor):
    """Keeps the latest spans; the oldest are forgotten first."""

    def __init__(self, size: int = MEMORY_SIZE) -> None:
        super().__init__()
        self._size = size
        self._given: deque[ReadableSpan | Unmade] = deque(maxlen=size)

    def take(self, given: ReadableSpan | Unmade) -> None:
        """Keep it."""
        self._given.append(given)

    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans in the order in which they ended."""
        latest: deque[tuple[ReadableSpan, ...]] = deque()
        room = self._size
        for given in reversed(copied(self._given)):
            some = given.kept() if isinstance(given, Unmade) else (given,)
            latest.appendleft(some[-room:])
            room -= len(some)
            if room <= 0:
                break
        return tuple(chain.from_iterable(latest))


class ConsoleSpans(GuestProcessor):
    """Prints one line a span to standard output."""

    def __init__(self, dialect: Dialect, faults: Faults) -> None:
        super().__init__()
        self._dialect = dialect
        self._faults = faults

    def take(self, given: ReadableSpan | Unmade) -> None:
        """Print it."""
        with self._faults:
            for span in given.make() if isinstance(given, Unmade) else (given,):
                sys.stdout.write(span_line(span, dialect=self._dialect) + "\n")
            sys.stdout.flush()


def span_line(span: ReadableSpan, *, dialect: Dialect = V1_41) -> str:
    """The span's name, milliseconds, and what it came to; attempts are indented below their route."""
    attributes = span.attributes or {}
    shown = [dialect.names(attribute)[0] for attribute in SHOWN]
    indent = "  " if span.kind is SpanKind.CLIENT and span.parent is not None else ""
    milliseconds = ((span.end_time or 0) - (span.start_time or 0)) / MILLISECONDS
    told = " ".join(_printable(attributes[name]) for name in shown if name in attributes)
    return f"{indent}{_printable(span.name)}  {milliseconds:.1f} ms  {told}"


def _printable(value: object) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
