"""Circuit breakers: a provider that keeps failing is left alone for a while, then tried by one probe.

closed ── failures in the window reach the limit ──▶ open ── cooldown is over ──▶ half-open
  ▲                                                   ▲                               │
  └───────────── the probe answers ───────────────────┼───────────────────────────────┤
                                                      └── the probe fails ────────────┘

In a half-open circuit only the probe's outcome counts: an attempt that began before the circuit opened may end at any
time, and says nothing of how the provider is now.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cutover_registry._faults import count_fault
from cutover_registry.failover._clock import REAL, Clock
from cutover_registry.failover._hooks import tell_circuit
from cutover_registry.failover.errors import InvalidPolicy

State: TypeAlias = Literal["closed", "open", "half-open"]
_NO_PROBE = 0


@dataclass(frozen=True, slots=True)
class BreakerState:
    """One provider's breaker: since when (the clock's seconds), failures in its window, seconds until a probe."""

    state: State
    since: float
    failures: int
    retry_in: float = 0.0


class CircuitBreaker:
    """Breakers by provider, shared by all chains that are given this object; safe for threads.

    A failure is one after which the chain goes on to the next provider. A change is told to the route hooks
    (`circuit_changed`) and to the functions in `changed`, after it was made; what they raise is counted and dropped.

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
        seconds = {"window": window, "cooldown": cooldown, "probe_limit": probe_limit}
        for option, value in {"failures": failures, **seconds}.items():
            if not value > 0:
                raise InvalidPolicy(f"breaker.{option}", f"is {value!r}; write a number above zero")
        if not isinstance(failures, int):
            raise InvalidPolicy("breaker.failures", f"is {failures!r}; write how many, a whole number")
        self.changed: list[Callable[[str, State, State], None]] = []
        self._limit, self._window, self._cooldown, self._probe_limit = failures, window, cooldown, probe_limit
        self._clock = clock
        self._lock = threading.RLock()
        self._circuits: dict[str, _Circuit] = {}

    def allows(self, name: str) -> bool:
        """Tell whether a provider may be tried now; in a half-open circuit one caller is told yes, as the probe."""
        return self.admit(name) is not None

    def admit(self, name: str) -> int | None:
        """Do the same; give the attempt's number, 0 unless it is a probe, for its outcome; None: not now."""
        circuit = self._circuits.get(name)
        if circuit is None or circuit.state == "closed":
            return _NO_PROBE
        with self._lock:
            before = circuit.state
            probe = self._probe(circuit)
            after = circuit.state
        self._tell(name, before, after)
        return probe

    def succeeded(self, name: str, probe: int | None = None) -> None:
        """Note an answer: the probe's closes the circuit. `probe` is what `admit` gave; without, it is the probe."""
        circuit = self._circuits.get(name)
        if circuit is None:
            return
        with self._lock:
            closes = circuit.state == "half-open" and circuit.is_probe(probe)
            if closes:
                circuit.failures.clear()
                circuit.turn("closed", self._clock.now())
        if closes:
            self._tell(name, "half-open", "closed")

    def failed(self, name: str, probe: int | None = None) -> None:
        """Note a failure: the probe's opens the circuit again, the limit's last one opens it."""
        with self._lock:
            now = self._clock.now()
            circuit = self._circuits.setdefault(name, _Circuit(now, self._limit))
            circuit.failures.append(now)
            full = len(circuit.failures) == self._limit and now - circuit.failures[0] <= self._window
            before = circuit.state
            opens = (before == "closed" and full) or (before == "half-open" and circuit.is_probe(probe))
            if opens:
                circuit.turn("open", now)
        if opens:
            self._tell(name, before, "open")

    def abandoned(self, name: str, probe: int | None = None) -> None:
        """Note that an attempt was cancelled: it says nothing of the provider, and another probe may come."""
        circuit = self._circuits.get(name)
        if circuit is not None:
            with self._lock:
                if circuit.is_probe(probe):
                    circuit.probing = None

    def states(self) -> dict[str, BreakerState]:
        """Give the state of every provider that ever failed."""
        with self._lock:
            now = self._clock.now()
            return {name: self._state(circuit, now) for name, circuit in self._circuits.items()}

    def reset(self, name: str | None = None) -> None:
        """Close a provider's circuit, or all."""
        with self._lock:
            names = [name] if name is not None else list(self._circuits)
            gone = {each: self._circuits.pop(each).state for each in names if each in self._circuits}
        for each, before in gone.items():
            self._tell(each, before, "closed")

    def _probe(self, circuit: "_Circuit") -> int | None:
        now = self._clock.now()
        if circuit.state == "closed":
            return _NO_PROBE
        if circuit.state == "open" and now - circuit.since >= self._cooldown:
            circuit.turn("half-open", now)
        free = circuit.probing is None or now - circuit.probing >= self._probe_limit
        return circuit.begin_probe(now) if circuit.state == "half-open" and free else None

    def _state(self, circuit: "_Circuit", now: float) -> BreakerState:
        left = max(0.0, circuit.since + self._cooldown - now) if circuit.state == "open" else 0.0
        failures = sum(now - failure <= self._window for failure in circuit.failures)
        return BreakerState(circuit.state, circuit.since, failures, left)

    def _tell(self, name: str, before: State, after: State) -> None:
        if before == after:
            return
        tell_circuit(name, before, after)
        for told in tuple(self.changed):
            try:
                told(name, before, after)
            except Exception:  # noqa: BLE001  telemetry is a guest
                count_fault("breaker listener")


class _Circuit:
    __slots__ = ("failures", "number", "probing", "since", "state")

    def __init__(self, now: float, limit: int) -> None:
        self.state: State = "closed"
        self.since = now
        self.failures: deque[float] = deque(maxlen=limit)
        self.number = _NO_PROBE
        self.probing: float | None = None

    def turn(self, state: State, now: float) -> None:
        self.state, self.since, self.probing = state, now, None

    def begin_probe(self, now: float) -> int:
        self.probing = now
        self.number += 1
        return self.number

    def is_probe(self, probe: int | None) -> bool:
        return probe is None or probe == self.number
