"""Which errors fail over, and every improvement on a hand-written loop, each by its own name and off by default.

>>> LEGACY.options_on, Policy(deadline=20, until_first_chunk=True).options_on
((), ('deadline', 'until_first_chunk'))
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from cutover_registry.failover._breaker import CircuitBreaker
from cutover_registry.failover._status import status_of
from cutover_registry.failover.errors import InvalidPolicy

FAILING_OVER = frozenset({401, 403, 404, 502, 503, 504})
"""Statuses that a hand-written gateway was seen to go on after: not the caller's mistake (400), not its quota (429)."""
WORTH_REPEATING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may well succeed a moment later (RFC 9110, RFC 6585, RFC 8470); 529 is what
some providers say when they are overloaded."""

Raises: TypeAlias = Literal["last", "first", "all"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Attempts at the same provider before the next one: `retries` more, waiting in between.

    The wait before the n-th retry is drawn evenly between 0 and ``min(longest, first * factor ** (n - 1))`` seconds
    ("full jitter"); with `jitter` off it is that bound itself.
    """

    retries: int = 1
    first: float = 0.5
    factor: float = 2.0
    longest: float = 8.0
    jitter: bool = True
    statuses: Collection[int] = WORTH_REPEATING

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise InvalidPolicy("backoff.retries", f"is {self.retries!r}; write how often, 0 or more")
        for option in ("first", "factor", "longest"):
            _check_seconds(f"backoff.{option}", getattr(self, option))
        _check_statuses("backoff.statuses", self.statuses)

    def bound(self, retry: int) -> float:
        """Give the longest wait before a retry, the first of which is 1."""
        return float(min(self.longest, self.first * self.factor ** min(retry - 1, 64)))


@dataclass(frozen=True, slots=True)
class PhaseTimeouts:
    """Seconds that the phases of one attempt may take; None: no limit of its own.

    `total` covers an attempt until its answer, or its stream's end. The clients of `cutover_registry.providers` keep to
    all four. Other clients read them from `current_attempt().phases`; a chain by itself enforces `total`, and in the
    event loop the two of chunks.
    """

    connect: float | None = None
    first_chunk: float | None = None
    between_chunks: float | None = None
    total: float | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) is not None:
                _check_seconds(f"phase_timeouts.{each.name}", getattr(self, each.name))


@dataclass(frozen=True, slots=True)
class Hedge:
    """A second attempt, at the next provider, while the first is still silent; whoever answers first is taken.

    `after` is the seconds to wait, or "p95": the provider's own 95th percentile over its last 200 answers, once there
    are `samples` of them.
    """

    after: float | Literal["p95"] = "p95"
    samples: int = 20

    def __post_init__(self) -> None:
        if self.after != "p95":
            _check_seconds("hedge.after", self.after, "write 'p95' or seconds, a number above zero")


@dataclass(frozen=True, slots=True)
class Policy:
    """How a chain goes on; as it stands, it does what a hand-written loop does and nothing else.

    Attributes:
        fails_over: The statuses after which the next provider is tried, or a function that decides by the error.
        raises: Whose error is raised in the end: the last attempt's, the first's, or all of them as ChainExhausted.
        honour_retry_after: A provider that said Retry-After is skipped by every chain of this object until then (at
            most an hour); if no other one is left and the wait is at most this many seconds, it is waited for.
        backoff: Repeat at the same provider first.
        deadline: Seconds for the whole chain, its waits included.
        phase_timeouts: Seconds for the phases of each attempt.
        breaker: Providers whose circuit is open are skipped.
        until_first_chunk: A stream that fails before its first chunk fails over too.
        hedge: Asynchronous calls may be tried at two providers at once.
    """

    fails_over: Collection[int] | Callable[[BaseException], bool] = FAILING_OVER
    raises: Raises = "last"
    honour_retry_after: float | None = field(default=None, metadata={"option": True})
    backoff: Backoff | None = field(default=None, metadata={"option": True})
    deadline: float | None = field(default=None, metadata={"option": True})
    phase_timeouts: PhaseTimeouts | None = field(default=None, metadata={"option": True})
    breaker: CircuitBreaker | None = field(default=None, metadata={"option": True})
    until_first_chunk: bool = field(default=False, metadata={"option": True})
    hedge: Hedge | None = field(default=None, metadata={"option": True})

    def __post_init__(self) -> None:
        for option in ("honour_retry_after", "deadline"):
            seconds = getattr(self, option)
            if seconds is not None:
                _check_seconds(option, seconds)
        if not callable(self.fails_over):
            _check_statuses("fails_over", self.fails_over, " or a function of the error")
        if self.raises not in {"last", "first", "all"}:
            raise InvalidPolicy("raises", f"is {self.raises!r}; write 'last', 'first' or 'all'")

    @property
    def options_on(self) -> tuple[str, ...]:
        """The options that a hand-written loop does not have, by name: intended differences of a parity report."""
        return tuple(
            each.name for each in fields(self) if each.metadata and getattr(self, each.name) not in (None, False)
        )

    def goes_on_after(self, error: BaseException) -> bool:
        """Tell whether the next provider is tried after this error."""
        if callable(self.fails_over):
            return self.fails_over(error)
        return status_of(error) in self.fails_over


def _check_seconds(option: str, value: object, write: str = "write seconds, a number above zero") -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:  # type: ignore[operator]
        raise InvalidPolicy(option, f"is {value!r}; {write}")


def _check_statuses(option: str, value: object, other: str = "") -> None:
    if not isinstance(value, Collection) or not all(isinstance(status, int) for status in value):
        raise InvalidPolicy(option, f"is {value!r}; write a set of statuses{other}")


LEGACY = Policy()
OPTIONS = tuple(each.name for each in fields(Policy) if each.metadata)
"""The names of all options that a hand-written loop does not have."""
