"""A span as it came over the wire, cut down to what is read of it: frozen, bounded, and plain text.

Everything in it is somebody else's word. Names are shortened and made printable, numbers have limits, and what cannot
be true (no id, an end before its start, a time of another age) is refused and counted by its reason. The content of
messages is never read: no attribute that could hold it has a spelling here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cutover_telemetry.incoming._spellings import ALL, Fact
from cutover_telemetry.names import Event

MOST_EVENTS = 10_000
LONGEST_NAME = 200
LARGEST_NUMBER = 2**53
NANOSECONDS = 1_000_000_000
OLDEST = 14 * 24 * 3600 * NANOSECONDS
NEWEST = 3600 * NANOSECONDS

SERVER, CONSUMER = 2, 5
FAILED, WELL = 2, 1
RAW_REQUEST = "raw_gen_ai_request"
CHUNKS = frozenset({"gen_ai.content.completion.chunk", "llm.content.completion.chunk"})
KEPT_EVENTS = CHUNKS | {Event.FIRST_CHUNK, Event.SKIPPED, Event.CIRCUIT_CHANGED, "exception"}

Facts = Mapping[Fact, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """A span event that is read."""

    name: str
    at: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """A span; ids are bytes, `parent` is empty at a root, times are nanoseconds since the epoch.

    Attributes:
        trace: Its trace.
        span: Itself.
        parent: The span above it.
        name: Its name.
        kind: The number that OTLP has for its kind.
        started: When it began.
        ended: When it ended.
        status: The number that OTLP has for its status.
        scope: The name of the instrumentation that made it.
        facts: What its attributes say, and those of its resource where it says nothing itself.
        events: Its events.
        cut: Whether its sender had dropped events of it.
    """

    trace: bytes
    span: bytes
    parent: bytes
    name: str
    kind: int
    started: int
    ended: int
    status: int
    scope: str
    facts: Facts
    events: tuple[SeenEvent, ...] = ()
    cut: bool = False


def seen_spans(
    request: ExportTraceServiceRequest, *, rejected: Counter[str] | None = None, now: int | None = None
) -> list[SeenSpan]:
    """The spans of a request; those that are refused are counted in `rejected`, by reason.

    With `now` (nanoseconds since the epoch), a span that ended long ago or in the future is refused too.
    """
    reasons: Counter[str] = Counter() if rejected is None else rejected
    found: list[SeenSpan] = []
    for resource, scope, span in _spans(request):
        reason = _refused(span, now)
        if reason is None:
            found.append(_seen(span, resource=resource, scope=scope))
        else:
            reasons[reason] += 1
    return found


def text(value: object) -> str:
    """A name of somebody else's: printable, and no longer than `LONGEST_NAME`."""
    cut = str(value)[:LONGEST_NAME]
    return cut if cut.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in cut)


def _spans(request: ExportTraceServiceRequest) -> Iterator[tuple[Facts, str, Any]]:
    for of_resource in request.resource_spans:
        resource = _facts(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            scope = text(of_scope.scope.name)
            for span in of_scope.spans:
                yield resource, scope, span


def _refused(span: Any, now: int | None) -> str | None:
    if len(span.trace_id) != 16 or len(span.span_id) != 8 or not any(span.trace_id) or not any(span.span_id):
        return "no valid trace id and span id"
    if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano < 2**63:
        return "no valid start and end"
    if now is not None and not now - OLDEST <= span.end_time_unix_nano <= now + NEWEST:
        return "it ended more than 14 days ago or in the future"
    return None


def _seen(span: Any, *, resource: Facts, scope: str) -> SeenSpan:
    facts = dict(_facts(span.attributes))
    if span.name == RAW_REQUEST:
        facts |= _raw_facts(span.attributes)
    return SeenSpan(
        trace=span.trace_id,
        span=span.span_id,
        parent=span.parent_span_id if any(span.parent_span_id) else b"",
        name=text(span.name),
        kind=span.kind,
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        status=span.status.code,
        scope=scope,
        facts={**resource, **facts},
        events=tuple(_events(span.events)),
        cut=span.dropped_events_count > 0,
    )


def _events(events: Iterable[Any]) -> Iterator[SeenEvent]:
    for number, event in enumerate(events):
        if number >= MOST_EVENTS:
            return
        if event.name in KEPT_EVENTS and 0 < event.time_unix_nano < 2**63:
            yield SeenEvent(event.name, event.time_unix_nano, _facts(event.attributes))


def _facts(attributes: Iterable[Any]) -> dict[Fact, str | int | float | bool]:
    found: dict[Fact, str | int | float | bool] = {}
    ages: dict[Fact, int] = {}
    for attribute in attributes:
        spelt = ALL.get(attribute.key)
        if spelt is None:
            continue
        fact, age = spelt
        value = _value(attribute.value)
        if value is not None and age <= ages.get(fact, age):
            found[fact], ages[fact] = value, age
    return found


def _raw_facts(attributes: Iterable[Any]) -> dict[Fact, str | int | float | bool]:
    # LiteLLM's inner span has no gen_ai.* at all: llm.{provider}.{parameter of the request}.
    found: dict[Fact, str | int | float | bool] = {}
    for attribute in attributes:
        prefix, _, rest = attribute.key.partition(".")
        provider, _, parameter = rest.rpartition(".")
        value = _value(attribute.value)
        if prefix != "llm" or not provider or value is None:
            continue
        if parameter in {"model", "messages", "stream"}:
            found[Fact.PROVIDER] = text(provider)
        if parameter == "model":
            found[Fact.MODEL] = value
        elif parameter == "stream":
            found[Fact.STREAM] = value
    return found


def _value(value: Any) -> str | int | float | bool | None:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return text(value.string_value) or None
    if kind == "bool_value":
        return bool(value.bool_value)
    if kind == "int_value":
        return int(value.int_value) if abs(value.int_value) <= LARGEST_NUMBER else None
    if kind == "double_value":
        return float(value.double_value) if abs(value.double_value) <= LARGEST_NUMBER else None
    return None
