"""From the spans of one trace to routes with their attempts.

A route is the nearest server span above a call (or the route of a gateway of ours), else the topmost span above it that
came; a call below nothing stands alone. Of calls within calls the innermost count, one for each request that went out.

LiteLLM, as it is set up by default, has no span for a call inside somebody else's server span: it writes the call's
attributes onto that span, one over the other, and marks it as failed when a fallback answered. There the attempts are
made of what is left: its inner spans, the last failure with the time at which it was noted, and the server span itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.incoming._calls import UNSAID, attempt_of, error_of, is_call, is_raw, status_of
from cutover_telemetry.incoming._reading import Reading
from cutover_telemetry.incoming._seen import CONSUMER, FAILED, SERVER, SeenSpan, text
from cutover_telemetry.incoming._spellings import Fact
from cutover_telemetry.names import Event

Record = RouteRecord | AttemptRecord
DEEPEST = 64
LITELLM = "litellm"


def records_of_trace(spans: Iterable[SeenSpan], reading: Reading) -> Iterator[Record]:
    """The routes of one trace, and its attempts that are in none."""
    trace = _Trace(spans)
    below: dict[bytes, list[AttemptRecord]] = defaultdict(list)
    for call in sorted(trace.innermost, key=lambda span: (span.started, span.span)):
        attempt = attempt_of(call, reading, outer=trace.outer(call))
        route = None if attempt.late else trace.route(call)
        if route is None:
            yield attempt
        elif route is call:
            below.setdefault(route.span, [])
        else:
            below[route.span].append(attempt)
    for span in trace.spans.values():
        if span.span in below or Fact.OUTCOME in span.facts:
            yield _route_record(span, below.get(span.span, []), reading)


def is_route(span: SeenSpan) -> bool:
    """Whether the span is where a request came in, or a route of a gateway of ours."""
    return span.kind in {SERVER, CONSUMER} or Fact.OUTCOME in span.facts


class _Trace:
    """The spans of one trace with who is above whom; no deeper than `DEEPEST`, for ids are anybody's word."""

    def __init__(self, spans: Iterable[SeenSpan]) -> None:
        self.spans = {span.span: span for span in spans}
        self._calls = {span.span: span for span in self.spans.values() if is_call(span)}
        for span in [span for span in self._calls.values() if is_raw(span)]:
            parent = self._calls.get(span.parent)
            if parent is not None and parent.kind != SERVER:
                del self._calls[span.span]
        around = Counter(above.span for call in self._calls.values() for above in self._above(call))
        self.innermost = [span for span in self._calls.values() if not around[span.span]]
        self._inside = Counter(above.span for call in self.innermost for above in self._above(call))

    def outer(self, call: SeenSpan) -> SeenSpan | None:
        """The call around this one that is the same call, told by somebody else."""
        around = next((span for span in self._above(call) if span.span in self._calls), None)
        if around is None or self._inside[around.span] > 1:
            return None
        return around if around.facts.get(Fact.MODEL) == call.facts.get(Fact.MODEL) else None

    def route(self, call: SeenSpan) -> SeenSpan | None:
        """The span that is the route of this call."""
        if is_route(call):
            return call
        top: SeenSpan | None = None
        for above in self._above(call):
            if is_route(above):
                return above
            top = top if above.span in self._calls else above
        return top

    def _above(self, span: SeenSpan) -> Iterator[SeenSpan]:
        for _ in range(DEEPEST):
            parent = self.spans.get(span.parent)
            if parent is None:
                return
            yield parent
            span = parent


def _route_record(span: SeenSpan, attempts: Sequence[AttemptRecord], reading: Reading) -> RouteRecord:
    if is_call(span):
        attempts = sorted((*attempts, *_written_over(span, attempts, reading)), key=lambda attempt: attempt.started)
    numbered = tuple(
        attempt if attempt.number is not None else replace(attempt, number=place)
        for place, attempt in enumerate(attempts, 1)
    )
    told = Fact.FAILED_PROVIDER not in span.facts
    error = error_of(span) if told or (numbered and numbered[-1].failed) else None
    return RouteRecord(
        started=span.started,
        ended=span.ended,
        attempts=numbered,
        status_code=status_of(span) if told or error is not None else None,
        disconnected=str(span.facts.get(Fact.DISCONNECTED, "")).lower() == "true",
        error_type=error,
        name=_name(span),
        skips=tuple(_skips(span, reading)),
        breakers=tuple(_breakers(span, reading)),
        overran=span.facts.get(Fact.OUTCOME) == "deadline",
        trace_id=span.trace.hex(),
    )


def _written_over(span: SeenSpan, attempts: Sequence[AttemptRecord], reading: Reading) -> Iterator[AttemptRecord]:
    own = attempt_of(span, reading)
    noted = max((event.at for event in span.events if event.name == "exception"), default=None)
    if Fact.FAILED_PROVIDER not in span.facts or noted is None:
        if not attempts:
            yield own
        return
    ended = min(max(noted, span.started), span.ended)
    began = max((each.ended for each in attempts if each.ended <= ended), default=span.started)
    lost = reading.named(span.facts[Fact.FAILED_PROVIDER])
    model = own.model if own.provider == lost else None
    error = error_of(span) or UNSAID
    bare: dict[str, Any] = {
        "input_tokens": None,
        "output_tokens": None,
        "cached_tokens": None,
        "reasoning_tokens": None,
    }
    own = replace(own, function=LITELLM)
    yield replace(own, provider=lost, model=model, started=began, ended=ended, error_type=error, streamed=False, **bare)
    if not attempts and span.status != FAILED:
        yield replace(own, started=ended, error_type=None)


def _name(span: SeenSpan) -> str | None:
    route = span.facts.get(Fact.ROUTE)
    if route is None:
        return span.name or None
    if Fact.OUTCOME in span.facts or Fact.METHOD not in span.facts:
        return str(route)
    return text(f"{span.facts[Fact.METHOD]} {route}")


def _skips(span: SeenSpan, reading: Reading) -> Iterator[SkipRecord]:
    for event in span.events:
        if event.name == Event.SKIPPED and Fact.PROVIDER in event.facts:
            yield SkipRecord(
                reading.named(event.facts[Fact.PROVIDER]), str(event.facts.get(Fact.REASON, "unknown")), event.at
            )


def _breakers(span: SeenSpan, reading: Reading) -> Iterator[BreakerRecord]:
    for event in span.events:
        if event.name == Event.CIRCUIT_CHANGED and {Fact.PROVIDER, Fact.STATE} <= event.facts.keys():
            before = str(event.facts.get(Fact.STATE_BEFORE, "unknown"))
            provider = reading.named(event.facts[Fact.PROVIDER])
            yield BreakerRecord(provider, before, str(event.facts[Fact.STATE]), event.at)
