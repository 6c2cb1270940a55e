"""A record as a span: its name, attributes and events, in the words of a dialect. Nothing of a message is in it.

What attempts of one provider, function, arm and model have in common is spelt once and kept.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from cutover_telemetry._records import NANOSECONDS, AttemptRecord, RouteRecord
from cutover_telemetry.names import OPERATION, Attribute, Dialect, Event, Value

MOST_KEPT = 1024
FLAG = "cutover.arm"
FLAG_PROVIDER = "cutover"

Key = TypeVar("Key")


class DescribedEvent(NamedTuple):
    """A span event; `at` is nanoseconds since the epoch."""

    name: str
    attributes: dict[str, Value]
    at: int


class Described(NamedTuple):
    """What a span is to say; `error` is None where its status stays unset."""

    name: str
    attributes: dict[str, Value]
    events: tuple[DescribedEvent, ...]
    error: str | None


class Describer:
    """Describes records in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._names = {attribute: dialect.names(attribute) for attribute in Attribute}
        self._common: dict[Any, dict[str, Value]] = {}
        self._arms: dict[Any, dict[str, Value]] = {}
        self._routes: dict[Any, dict[str, Value]] = {}

    def attempt(self, record: AttemptRecord, *, alone: bool = False) -> Described:
        """Describe an attempt; one that is `alone` tells of its arm itself, as no route does."""
        attributes = self._attempt_attributes(record)
        events: tuple[DescribedEvent, ...] = (self._arm(record),) if alone else ()
        if record.first_chunk is not None:
            events += (DescribedEvent(Event.FIRST_CHUNK.value, {}, record.first_chunk),)
        return Described(attempt_span_name(record.model), attributes, events, record.error_type)

    def route(self, record: RouteRecord) -> Described:
        """Describe a route."""
        alias, error = record.alias, record.error_type
        facts = (
            alias, record.name, record.arm, len(record.attempts), record.outcome, record.selected, record.status_code,
            record.disconnected, error,
        )  # fmt: skip
        attributes = dict(self._routes.get(facts) or _kept(self._routes, facts, self._route_attributes(record)))
        self._put(attributes, Attribute.TIME_LOST, record.time_lost)
        return Described(route_span_name(alias), attributes, self._route_events(record), error)

    def _route_attributes(self, record: RouteRecord) -> dict[str, Value]:
        return self._spelt(
            (Attribute.OPERATION, OPERATION),
            (Attribute.MODEL, record.alias),
            (Attribute.ROUTE, record.name),
            (Attribute.ARM, record.arm),
            (Attribute.ATTEMPTS, len(record.attempts)),
            (Attribute.OUTCOME, record.outcome.value),
            (Attribute.SELECTED, record.selected),
            (Attribute.STATUS_CODE, record.status_code),
            (Attribute.DISCONNECTED, record.disconnected or None),
            (Attribute.ERROR_TYPE, record.error_type),
        )

    def _attempt_attributes(self, record: AttemptRecord) -> dict[str, Value]:
        key = (record.provider, record.function, record.arm, record.site, record.model, record.slot)
        common = self._common.get(key)
        if common is None:
            common = _kept(self._common, key, self._common_attributes(record))
        attributes = dict(common)
        self._put(attributes, Attribute.ATTEMPT_NUMBER, record.number)
        if record.streamed:
            self._put_stream(attributes, record)
        if record.input_tokens is not None or record.output_tokens is not None:
            self._put(attributes, Attribute.INPUT_TOKENS, record.input_tokens)
            self._put(attributes, Attribute.OUTPUT_TOKENS, record.output_tokens)
            self._put(attributes, Attribute.CACHED_TOKENS, record.cached_tokens)
            self._put(attributes, Attribute.REASONING_TOKENS, record.reasoning_tokens)
        self._put(attributes, Attribute.CANCELLED, record.cancelled or None)
        self._put(attributes, Attribute.LATE, record.late or None)
        self._put(attributes, Attribute.DETACHED, record.detached or None)
        self._put(attributes, Attribute.ERROR_TYPE, record.error_type)
        return attributes

    def _common_attributes(self, record: AttemptRecord) -> dict[str, Value]:
        return self._spelt(
            (Attribute.OPERATION, OPERATION),
            (Attribute.PROVIDER, record.provider),
            (Attribute.MODEL, record.model),
            (Attribute.ARM, record.arm),
            (Attribute.SITE, record.site),
            (Attribute.SLOT, record.slot),
            (Attribute.FUNCTION, record.function),
        )

    def _put_stream(self, attributes: dict[str, Value], record: AttemptRecord) -> None:
        gap = record.longest_gap
        self._put(attributes, Attribute.STREAM, True)
        self._put(attributes, Attribute.CHUNKS, record.chunks)
        self._put(attributes, Attribute.TIME_TO_FIRST_CHUNK, record.seconds_to_first_chunk)
        self._put(attributes, Attribute.TIME_PER_CHUNK, record.seconds_per_chunk)
        self._put(attributes, Attribute.LONGEST_GAP, None if gap is None else gap / NANOSECONDS)

    def _route_events(self, record: RouteRecord) -> tuple[DescribedEvent, ...]:
        events = [self._arm(record.attempts[0])] if record.attempts else []
        if len(record.attempts) > 1:
            events += self._later_events(record)
        if not (record.skips or record.breakers):
            return tuple(events)
        events += [
            self._event(Event.SKIPPED, skip.at, (Attribute.PROVIDER, skip.provider), (Attribute.REASON, skip.reason))
            for skip in record.skips
        ]
        events += [
            self._event(
                Event.CIRCUIT_CHANGED,
                change.at,
                (Attribute.PROVIDER, change.provider),
                (Attribute.STATE_BEFORE, change.before),
                (Attribute.STATE, change.after),
            )
            for change in record.breakers
        ]
        return tuple(sorted(events, key=lambda event: event.at))

    def _later_events(self, record: RouteRecord) -> Iterator[DescribedEvent]:
        """The arms of the attempts after the first, and the failovers that led to them."""
        failovers = {failover.to.number: failover for failover in record.failovers}
        for attempt in record.attempts[1:]:
            yield self._arm(attempt)
            failover = failovers.get(attempt.number)
            if failover is not None:
                yield self._event(
                    Event.FAILED_OVER,
                    attempt.started,
                    (Attribute.SOURCE, failover.away.provider),
                    (Attribute.TARGET, attempt.provider),
                    (Attribute.ERROR_TYPE, failover.away.error_type),
                    (Attribute.LOST, failover.time_lost),
                )

    def _arm(self, record: AttemptRecord) -> DescribedEvent:
        key = (record.site, record.provider, record.arm)
        attributes = self._arms.get(key)
        if attributes is None:
            spelt = self._spelt(
                (Attribute.FLAG, FLAG),
                (Attribute.FLAG_PROVIDER, FLAG_PROVIDER),
                (Attribute.FLAG_CONTEXT, f"{record.site or ''}/{record.provider}"),
                (Attribute.FLAG_VARIANT, record.arm),
            )
            attributes = _kept(self._arms, key, spelt)
        return DescribedEvent(Event.ARM.value, attributes, record.started)

    def _event(self, event: Event, at: int, *attributes: tuple[Attribute, Value | None]) -> DescribedEvent:
        return DescribedEvent(event.value, self._spelt(*attributes), at)

    def _spelt(self, *attributes: tuple[Attribute, Value | None]) -> dict[str, Value]:
        return {name: value for attribute, value in attributes if value is not None for name in self._names[attribute]}

    def _put(self, attributes: dict[str, Value], attribute: Attribute, value: Value | None) -> None:
        if value is not None:
            for name in self._names[attribute]:
                attributes[name] = value


def route_span_name(alias: str | None) -> str:
    """`route chat {alias}`, the alias being the model that was asked for first."""
    return f"route {OPERATION} {alias}" if alias else f"route {OPERATION}"


def attempt_span_name(model: str | None) -> str:
    """`chat {model}`, as the GenAI conventions have it."""
    return f"{OPERATION} {model}" if model else OPERATION


def _kept(kept: dict[Key, dict[str, Value]], key: Key, made: dict[str, Value]) -> dict[str, Value]:
    # Models are the callers' words, so there may be any number of them.
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = made
    return made
