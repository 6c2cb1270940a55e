"""Sleeps of a route are noted, move the route's clock by what was asked for, and really take next to nothing.

A failover loop that backs off for seconds can so be replayed hundreds of times. Once the route has ended (a task that
it left behind, say) sleeps are real.
"""

import asyncio
import time
from typing import Any

from cutover_parity._route_log import LOG

LONGEST = 0.002


def shorten_sleeps() -> None:
    """Replace asyncio.sleep and time.sleep, before the application is imported."""
    real_async, real = asyncio.sleep, time.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        return await real_async(_shortened("asyncio.sleep", delay), result)

    def sleep_in_thread(seconds: float, /) -> None:
        real(_shortened("time.sleep", seconds))

    asyncio.sleep = asyncio.tasks.sleep = sleep
    time.sleep = sleep_in_thread  # type: ignore[assignment]


def _shortened(kind: str, seconds: float) -> float:
    log = LOG.get()
    if log is None or log.ended or not seconds > 0:
        return seconds
    log.timeout(kind, seconds)
    log.slept += seconds
    return min(seconds, LONGEST)
