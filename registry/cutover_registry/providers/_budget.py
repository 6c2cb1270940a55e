"""The time that a call may take: as a whole, in its phases, and within the chain that it is an attempt of."""

import time
from dataclasses import dataclass

from cutover_registry.failover._attempt import current_attempt
from cutover_registry.failover._clock import least
from cutover_registry.providers.errors import ProviderTimeout


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for a call as a whole and for its phases; None: without limit."""

    total: float | None = 60.0
    connect: float | None = 10.0
    first_chunk: float | None = 60.0
    between_chunks: float | None = 60.0


class Budget:
    """What is left of a call's time, the chain's included."""

    __slots__ = ("_due", "timeouts")

    def __init__(self, timeouts: Timeouts) -> None:
        attempt = current_attempt()
        limits = [timeouts.total]
        if attempt is not None:
            phases = attempt.phases
            limits += [attempt.remaining, phases.total]
            timeouts = Timeouts(
                timeouts.total,
                phases.connect or timeouts.connect,
                phases.first_chunk or timeouts.first_chunk,
                phases.between_chunks or timeouts.between_chunks,
            )
        total = least(*limits)
        self.timeouts = timeouts
        self._due = None if total is None else time.monotonic() + total

    def left(self) -> float | None:
        """Give the seconds that are left of the whole; None: without limit."""
        return None if self._due is None else max(0.001, self._due - time.monotonic())

    def share(self, seconds: float) -> "Budget":
        """Give a budget of so many seconds, or of half of what is left if that is less."""
        left = self.left()
        return Budget(Timeouts(total=least(seconds, None if left is None else left / 2)))

    def is_over(self) -> bool:
        """Tell whether nothing is left of the whole."""
        return self._due is not None and time.monotonic() >= self._due

    def connect(self) -> float | None:
        """Give the seconds for a connection."""
        return least(self.timeouts.connect, self.left())

    def first(self) -> float | None:
        """Give the seconds for the first chunk."""
        return least(self.timeouts.first_chunk, self.left())

    def between(self) -> float | None:
        """Give the seconds for the next chunk."""
        return least(self.timeouts.between_chunks, self.left())

    def timed_out(self, provider: str, model: str | None, phase: str) -> ProviderTimeout:
        """Give the error for a limit that passed: the whole's, if nothing is left of it."""
        if self._due is not None and time.monotonic() >= self._due - 0.002:
            phase = "total"
        seconds = getattr(self.timeouts, phase)
        within = "" if seconds is None else f" within {seconds:g} s"
        return ProviderTimeout(
            f"no {_AWAITED[phase]}{within}", provider=provider, model=model, phase=phase, seconds=seconds
        )


_AWAITED = {
    "connect": "connection",
    "first_chunk": "answer",
    "between_chunks": "next chunk",
    "total": "complete answer",
}
