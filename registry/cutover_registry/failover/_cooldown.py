"""Until when providers asked to be left alone (Retry-After), shared by the routes of one chain."""

import math

from cutover_registry.failover._clock import Clock

LONGEST = 3600.0
"""Seconds that a provider is left alone at most: a header may ask for a century, by mistake."""


class Cooldowns:
    """Provider to the moment before which it is not tried; reads and writes are single dict operations."""

    __slots__ = ("_clock", "_until")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def note(self, name: str, seconds: float | None) -> None:
        """Take what a provider asked for; None or 0 asks for nothing, and a shorter wait shortens no longer one."""
        if seconds:
            self._until[name] = max(self._until.get(name, -math.inf), self._clock.now() + min(seconds, LONGEST))

    def left(self, name: str) -> float:
        """Give the seconds that are left for a provider, 0 where it may be tried."""
        until = self._until.get(name)
        return 0.0 if until is None else max(0.0, until - self._clock.now())
