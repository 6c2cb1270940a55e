"""Until when providers asked to be left alone (Retry-After), shared by the routes of one chain."""

from cutover_registry.failover._clock import Clock


class Cooldowns:
    """Provider to the moment before which it is not tried; reads and writes are single dict operations."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, name: str, seconds: float | None) -> None:
        """Take what a provider asked for; None or 0 asks for nothing."""
        if seconds:
            self._until[name] = self._clock.now() + seconds

    def left(self, name: str) -> float:
        """Give the seconds that are left for a provider, 0 where it may be tried."""
        until = self._until.get(name)
        return 0.0 if until is None else max(0.0, until - self._clock.now())
