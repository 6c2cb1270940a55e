"""The clock of a chain: seconds that only go on, and waiting for them. Tests put a clock of their own in its place."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What a chain asks of time."""

    def now(self) -> float:
        """Give seconds that only go on."""

    def wall(self) -> float:
        """Give the seconds since 1970, which a date in a header is compared with."""

    def sleep(self, seconds: float) -> None:
        """Wait in this thread."""

    async def sleep_async(self, seconds: float) -> None:
        """Wait in the event loop."""


class RealClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Give seconds that only go on."""
        return time.monotonic()

    def wall(self) -> float:
        """Give the seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait in this thread."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Wait in the event loop."""
        await asyncio.sleep(seconds)


REAL = RealClock()


def least(*limits: float | None) -> float | None:
    """Give the smallest limit; None where there is none."""
    smallest = None
    for limit in limits:
        if limit is not None and (smallest is None or limit < smallest):
            smallest = limit
    return smallest
