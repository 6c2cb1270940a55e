"""Circuit breakers: a provider that keeps failing is left alone for a while, then tried by one probe.

closed ── failures in the window reach the limit ──▶ open ── cooldown is over ──▶ half-open
  ▲                                                   ▲                               │
  └───────────── the probe answers ───────────────────┼───────────────────────────────┤
                                                      └── the probe fails ────────────┘
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cutover_registry.failover._clock import REAL, Clock
from cutover_registry.failover.errors import InvalidPolicy

State: TypeAlias = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class BreakerState:
    """One provider's breaker: since when (the clock's seconds), failures in its window, seconds until a probe."""

    state: State
    since: float
    failures: int
    retry_in: float = 0.0


class CircuitBreaker:
    """Breakers by provider, shared by all chains that are given this object; safe for threads.

    Args:
        failures: How many failures within `window` seconds open it.
        window: Seconds that a failure counts.
        cooldown: Seconds that it stays open before one probe is let through.
        probe_limit: Seconds after which a probe that gave no result no longer blocks the next one.
        clock: Where the seconds come from.

    >>> breaker = CircuitBreaker(failures=2, window=60, cooldown=30)
    >>> for _ in range(2):
    ...     breaker.failed("near")
    >>> breaker.allows("near"), breaker.allows("far"), breaker.states()["near"].state
    (False, True, 'open')
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        window: float = 60.0,
        cooldown: float = 30.0,
        probe_limit: float = 120.0,
        clock: Clock = REAL,
    ) -> None:
        for option, value in {"failures": failures, "window": window, "cooldown": cooldown}.items():
            if not value > 0:
                raise InvalidPolicy(f"breaker.{option}", f"is {value!r}; write a number above zero")
        self.changed: list[Callable[[str, State, State], None]] = []
        self._limit, self._window, self._cooldown, self._probe_limit = failures, window, cooldown, probe_limit
        self._clock = clock
        self._lock = threading.RLock()
        self._circuits: dict[str, _Circuit] = {}

    def allows(self, name: str) -> bool:
        """Tell whether a provider may be tried now; in a half-open circuit one caller is told yes, as the probe."""
        circuit = self._circuits.get(name)
        if circuit is None or circuit.state == "closed":
            return True
        with self._lock:
            now = self._clock.now()
            if circuit.state == "open" and now - circuit.since >= self._cooldown:
                self._turn(name, circuit, "half-open", now)
            if circuit.state == "open":
                return False
            if circuit.probing is not None and now - circuit.probing < self._probe_limit:
                return False
            circuit.probing = now
            return True

    def succeeded(self, name: str) -> None:
        """Note an answer: a probe's closes the circuit."""
        circuit = self._circuits.get(name)
        if circuit is None:
            return
        with self._lock:
            if circuit.state == "half-open":
                circuit.failures.clear()
                self._turn(name, circuit, "closed", self._clock.now())

    def failed(self, name: str) -> None:
        """Note a failure: a probe's opens the circuit again, the limit's last one opens it."""
        with self._lock:
            now = self._clock.now()
            circuit = self._circuits.setdefault(name, _Circuit(now, self._limit))
            circuit.failures.append(now)
            full = len(circuit.failures) == self._limit and now - circuit.failures[0] <= self._window
            enough = circuit.state == "closed" and full
            if enough or circuit.state == "half-open":
                self._turn(name, circuit, "open", now)

    def abandoned(self, name: str) -> None:
        """Note that an attempt was cancelled: it says nothing of the provider, and another probe may come."""
        circuit = self._circuits.get(name)
        if circuit is not None:
            with self._lock:
                circuit.probing = None

    def states(self) -> dict[str, BreakerState]:
        """Give the state of every provider that ever failed."""
        with self._lock:
            now = self._clock.now()
            return {name: self._state(circuit, now) for name, circuit in self._circuits.items()}

    def reset(self, name: str | None = None) -> None:
        """Close a provider's circuit, or all."""
        with self._lock:
            for each in [name] if name is not None else list(self._circuits):
                circuit = self._circuits.pop(each, None)
                if circuit is not None and circuit.state != "closed":
                    self._turn(each, circuit, "closed", self._clock.now())

    def _state(self, circuit: "_Circuit", now: float) -> BreakerState:
        left = max(0.0, circuit.since + self._cooldown - now) if circuit.state == "open" else 0.0
        failures = sum(now - failure <= self._window for failure in circuit.failures)
        return BreakerState(circuit.state, circuit.since, failures, left)

    def _turn(self, name: str, circuit: "_Circuit", state: State, now: float) -> None:
        before, circuit.state, circuit.since, circuit.probing = circuit.state, state, now, None
        for told in self.changed:
            told(name, before, state)


class _Circuit:
    __slots__ = ("failures", "probing", "since", "state")

    def __init__(self, now: float, limit: int) -> None:
        self.state: State = "closed"
        self.since = now
        self.failures: deque[float] = deque(maxlen=limit)
        self.probing: float | None = None
