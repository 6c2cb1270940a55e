"""A stretch of time that a query is about: nanoseconds since the epoch, from `start` up to but without `end`."""

import time
from dataclasses import dataclass

NANOSECONDS = 1_000_000_000
MINUTE = 60 * NANOSECONDS
END_OF_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when.

    >>> Window.last(60, now=100 * NANOSECONDS)
    Window(start=40000000000, end=100000000000)
    """

    start: int
    end: int

    @classmethod
    def last(cls, seconds: float, *, now: int | None = None) -> "Window":
        """The last seconds before now."""
        end = time.time_ns() if now is None else now
        return cls(max(0, end - int(seconds * NANOSECONDS)), end)

    @classmethod
    def everything(cls) -> "Window":
        """All that the store has."""
        return cls(0, END_OF_TIME)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return max(0, self.end - self.start) / NANOSECONDS
