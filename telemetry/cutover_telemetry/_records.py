"""What is kept of attempts, routes and breakers: frozen values, from which everything that is shown is computed.

They are taken whether or not a span is sampled or exported. Times are nanoseconds since the epoch, durations are
seconds where they are floats. Nothing of a message is in them.

A `RecordSink` takes them as they come: each route once it has ended, with the attempts, skips and breaker changes that
happened in it; each attempt of no open route by itself; each breaker change by itself too, since it may have happened
in no route at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

NANOSECONDS = 1_000_000_000
ABANDONED = "abandoned"
MIXED = "mixed"


class RouteOutcome(StrEnum):
    """How a route came out, seen from its providers; `deadline` is said by a chain whose time was over."""

    OK = "ok"
    FAILED_OVER = "failed_over"
    EXHAUSTED = "exhausted"
    DEADLINE = "deadline"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One provider call that has ended; `number` is None where no route was open.

    Attributes:
        provider: The provider that was called.
        slot: The slot that the function fills.
        function: The function, as the code reads it.
        arm: ``legacy`` or ``registry``.
        site: The site, if it is known.
        model: The model that was asked for.
        number: The attempt's place in its route, from 1.
        started: When it began.
        ended: When it ended; a stream with its last chunk.
        first_chunk: When a stream's first chunk came.
        chunks: How many chunks a stream gave.
        streamed: Whether the answer was a stream.
        cancelled: Whether its caller gave it up, which is no failure.
        error_type: The HTTP status or class of its error, or ``abandoned``.
        last_chunk: When a stream's last chunk came.
        longest_gap: Nanoseconds of the longest wait between two chunks.
        input_tokens: Tokens of the prompt, those from a cache included.
        output_tokens: Tokens of the answer, those of reasoning included.
        cached_tokens: Those of the input that the provider read from its cache.
        reasoning_tokens: Those of the output that were reasoning.
        late: Whether it began after its route had ended.
        detached: Whether it began outside of any route and any caller's span.
    """

    provider: str
    slot: str
    function: str
    arm: str
    site: str | None
    model: str | None
    number: int | None
    started: int
    ended: int
    first_chunk: int | None = None
    chunks: int | None = None
    streamed: bool = False
    cancelled: bool = False
    error_type: str | None = None
    last_chunk: int | None = None
    longest_gap: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    late: bool = False
    detached: bool = False

    @property
    def failed(self) -> bool:
        """Whether the call ended with an error, or never ended before its route did."""
        return self.error_type is not None

    @property
    def answered(self) -> bool:
        """Whether the call gave its whole answer."""
        return not self.failed and not self.cancelled

    @property
    def seconds(self) -> float:
        """How long the call took; a stream until its end."""
        return (self.ended - self.started) / NANOSECONDS

    @property
    def seconds_to_first_chunk(self) -> float | None:
        """How long a stream's first chunk took."""
        return None if self.first_chunk is None else (self.first_chunk - self.started) / NANOSECONDS

    @property
    def seconds_per_chunk(self) -> float | None:
        """The mean wait for each chunk after the first."""
        if self.first_chunk is None or self.last_chunk is None or not self.chunks or self.chunks < 2:
            return None
        return (self.last_chunk - self.first_chunk) / (self.chunks - 1) / NANOSECONDS


@dataclass(frozen=True, slots=True)
class SkipRecord:
    """A provider that was not tried: ``circuit_open``, ``cooling_down`` or the reason that a hand-written loop gave."""

    provider: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """A circuit that changed its state: ``closed``, ``open`` or ``half-open``."""

    provider: str
    before: str
    after: str
    at: int


@dataclass(frozen=True, slots=True)
class FailoverRecord:
    """A failed attempt and the one at another provider that followed it; seconds that the failed provider had cost."""

    away: AttemptRecord
    to: AttemptRecord
    time_lost: float


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """One incoming request that has ended, with its attempts in the order in which they began.

    Attributes:
        started: When the request came.
        ended: When its answer had ended.
        attempts: Its attempts.
        status_code: The status of the answer.
        disconnected: Whether the client went away before the end.
        error_type: The status or class of the route's own error.
        name: The route's pattern in the application, such as ``POST /v1/chat/completions``.
        skips: The providers that were not tried.
        breakers: The circuits that changed in it.
        overran: Whether a chain's deadline passed in it.
        overhead: Nanoseconds that telemetry's own code took in it.
        trace_id: The trace of its span, as 32 hexadecimal digits.
    """

    started: int
    ended: int
    attempts: tuple[AttemptRecord, ...]
    status_code: int | None = None
    disconnected: bool = False
    error_type: str | None = None
    name: str | None = None
    skips: tuple[SkipRecord, ...] = ()
    breakers: tuple[BreakerRecord, ...] = ()
    overran: bool = False
    overhead: int = 0
    trace_id: str | None = None

    @property
    def seconds(self) -> float:
        """How long the route took, to the end of its answer."""
        return (self.ended - self.started) / NANOSECONDS

    @property
    def alias(self) -> str | None:
        """The model that was asked for first."""
        return self.attempts[0].model if self.attempts else None

    @property
    def arm(self) -> str | None:
        """The arm of all attempts, "mixed" if they were of both, None if there was none."""
        if not self.attempts:
            return None
        arm = self.attempts[0].arm
        return arm if all(attempt.arm == arm for attempt in self.attempts) else MIXED

    @property
    def selected(self) -> str | None:
        """The provider whose attempt was the last to end well."""
        well = [attempt for attempt in self.attempts if attempt.error_type is None]
        if len(well) > 1:
            return max(well, key=lambda attempt: attempt.ended).provider
        return well[0].provider if well else None

    @property
    def time_lost(self) -> float:
        """Seconds spent in failed attempts."""
        failed = [attempt.ended - attempt.started for attempt in self.attempts if attempt.error_type is not None]
        return sum(failed) / NANOSECONDS

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The stretches in which no attempt ran, as (from, to); with the attempts they make up the route."""
        return tuple(_gaps(self))

    @property
    def failovers(self) -> tuple[FailoverRecord, ...]:
        """Its failovers; a repeated attempt at the same provider is none."""
        return tuple(_failovers(self.attempts)) if len(self.attempts) > 1 else ()

    @property
    def outcome(self) -> RouteOutcome:
        """How the route came out; a repeated attempt at the same provider is not a failover."""
        selected = self.selected
        if self.overran and selected is None:
            return RouteOutcome.DEADLINE
        if self.attempts and selected is None:
            return RouteOutcome.EXHAUSTED
        if self.error_type is not None:
            return RouteOutcome.ERROR
        for attempt in self.attempts:
            if attempt.error_type is not None and attempt.provider != selected:
                return RouteOutcome.FAILED_OVER
        return RouteOutcome.OK


class RecordSink(Protocol):
    """Whoever takes records; called in the thread of the call, so it must only put them aside."""

    def route(self, record: RouteRecord) -> None:
        """Take a route that has ended."""

    def attempt(self, record: AttemptRecord) -> None:
        """Take an attempt that is in no route's record."""

    def breaker(self, record: BreakerRecord) -> None:
        """Take a change of a circuit; if it happened in a route, it will be in the route's record as well."""


def complete(record: RouteRecord, *, overhead: int, trace_id: int) -> None:
    """Fill in what is known only once the spans are made; for whoever made the record, before anybody else has it."""
    object.__setattr__(record, "overhead", overhead)
    if trace_id:
        object.__setattr__(record, "trace_id", format(trace_id, "032x"))


def _gaps(route: RouteRecord) -> Iterator[tuple[int, int]]:
    reached = route.started
    for attempt in sorted(route.attempts, key=lambda attempt: attempt.started):
        if attempt.started > reached:
            yield reached, attempt.started
        reached = max(reached, attempt.ended)
    if route.ended > reached:
        yield reached, route.ended


def _failovers(attempts: tuple[AttemptRecord, ...]) -> Iterator[FailoverRecord]:
    lost = 0
    before = attempts[0]
    for attempt in attempts:
        if attempt.provider != before.provider:
            if before.error_type is not None:
                yield FailoverRecord(before, attempt, lost / NANOSECONDS)
            lost = 0
        if attempt.error_type is not None:
            lost += attempt.ended - attempt.started
        before = attempt
