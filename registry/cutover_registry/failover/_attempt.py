"""The attempt that is under way, for whoever makes the call: how long it may take, and how to break it off."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cutover_registry._faults import count_fault
from cutover_registry.failover._clock import Clock
from cutover_registry.failover._policy import PhaseTimeouts

_NO_PHASES = PhaseTimeouts()


class CurrentAttempt:
    """One attempt of a chain.

    Attributes:
        provider: Whom it is made at.
        number: Its place among the route's attempts, from 1.
        phases: What the policy allows its phases.
        probe: The breaker's number for it, 0 unless it is a probe.
        began: When it began, in the clock's seconds.
    """

    __slots__ = (
        "_abandoned",
        "_clock",
        "_due",
        "_lock",
        "_on_abandon",
        "began",
        "number",
        "phases",
        "probe",
        "provider",
    )

    def __init__(
        self,
        provider: str,
        number: int,
        *,
        due: float | None,
        phases: PhaseTimeouts | None,
        clock: Clock,
        probe: int = 0,
        began: float = 0.0,
    ) -> None:
        self.provider, self.number, self.probe, self.began = provider, number, probe, began
        self.phases = phases or _NO_PHASES
        self._due, self._clock = due, clock
        self._lock = threading.Lock()
        self._abandoned = False
        self._on_abandon: list[Callable[[], object]] = []

    @property
    def limited(self) -> bool:
        """Whether it has a due time or limits of phases, which its caller's client has to keep."""
        return self._due is not None or self.phases is not _NO_PHASES

    @property
    def remaining(self) -> float | None:
        """Seconds that are left for it, never below 0; None where nothing limits it."""
        return None if self._due is None else max(0.0, self._due - self._clock.now())

    def on_abandon(self, action: Callable[[], object]) -> None:
        """Have something closed when the chain gives this attempt up; at once, if it has already."""
        with self._lock:
            late = self._abandoned
            if not late:
                self._on_abandon.append(action)
        if late:
            _close(action)

    def abandon(self) -> None:
        """Give the attempt up: close what was named, so that its connection does not outlive it."""
        with self._lock:
            self._abandoned = True
            actions, self._on_abandon = self._on_abandon, []
        for action in actions:
            _close(action)


CURRENT: contextvars.ContextVar[CurrentAttempt | None] = contextvars.ContextVar("cutover_attempt", default=None)


def current_attempt() -> CurrentAttempt | None:
    """Return the attempt that this code runs in, or None outside of a chain.

    >>> current_attempt() is None
    True
    """
    return CURRENT.get()


@contextmanager
def under_way(attempt: CurrentAttempt) -> Iterator[None]:
    """Let `current_attempt` give this attempt."""
    token = CURRENT.set(attempt)
    try:
        yield
    finally:
        CURRENT.reset(token)


def _close(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001  the attempt is given up; that it cannot be closed must not hide why
        count_fault("abandoned attempt")
