"""What is kept of an attempt and of a route once it has ended: frozen values, from which the summary is computed.

They are taken whether or not a span is sampled or exported. Times are nanoseconds since the epoch. Nothing of a
message is in them. Locks here and beside are re-entrant: a stream that the garbage collector drops ends its attempt
in whichever thread, and in the middle of whatever code, the collector runs.
"""

import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

NANOSECONDS = 1_000_000_000
RING_SIZE = 100_000
ABANDONED = "abandoned"
MIXED = "mixed"


class RouteOutcome(StrEnum):
    """How a route came out, seen from its providers."""

    OK = "ok"
    FAILED_OVER = "failed_over"
    EXHAUSTED = "exhausted"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One provider call that has ended; `number` is None where no route was open."""

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


@dataclass(frozen=True, slots=True)
class RouteRecord:
    """One incoming request that has ended, with its attempts in the order in which they began."""

    started: int
    ended: int
    attempts: tuple[AttemptRecord, ...]
    status_code: int | None = None
    disconnected: bool = False
    error_type: str | None = None

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
        arms = {attempt.arm for attempt in self.attempts}
        return MIXED if len(arms) > 1 else next(iter(arms), None)

    @property
    def selected(self) -> str | None:
        """The provider whose attempt was the last to end well."""
        well = [attempt for attempt in self.attempts if not attempt.failed]
        return max(well, key=lambda attempt: attempt.ended).provider if well else None

    @property
    def time_lost(self) -> float:
        """Seconds spent in failed attempts."""
        return sum((attempt.seconds for attempt in self.attempts if attempt.failed), 0.0)

    @property
    def outcome(self) -> RouteOutcome:
        """How the route came out; a repeated attempt at the same provider is not a failover."""
        if self.attempts and self.selected is None:
            return RouteOutcome.EXHAUSTED
        if self.error_type is not None:
            return RouteOutcome.ERROR
        if any(attempt.failed and attempt.provider != self.selected for attempt in self.attempts):
            return RouteOutcome.FAILED_OVER
        return RouteOutcome.OK


class Ring:
    """The latest routes, and the latest attempts that belong to no open route; the oldest are forgotten first."""

    def __init__(self, size: int = RING_SIZE) -> None:
        self._lock = threading.RLock()
        self._routes: deque[RouteRecord] = deque(maxlen=size)
        self._lone: deque[AttemptRecord] = deque(maxlen=size)

    def add_route(self, record: RouteRecord) -> None:
        """Keep this route with its attempts."""
        with self._lock:
            self._routes.append(record)

    def add_attempt(self, record: AttemptRecord) -> None:
        """Keep this attempt that no route keeps."""
        with self._lock:
            self._lone.append(record)

    def routes(self) -> tuple[RouteRecord, ...]:
        """The routes in the order in which they ended."""
        with self._lock:
            return tuple(self._routes.copy())

    def attempts(self) -> tuple[AttemptRecord, ...]:
        """All attempts, those of the routes first."""
        with self._lock:
            routes, lone = self._routes.copy(), self._lone.copy()
        return (*(attempt for route in routes for attempt in route.attempts), *lone)
