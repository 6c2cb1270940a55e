"""Sleeps of a route are noted, and are waits of the virtual clock: they take no real time, but move it on.

A failover loop that backs off for seconds can so be replayed hundreds of times.
"""

import asyncio
import time
from typing import Any

from cutover_parity.arms._route_log import LOG
from cutover_parity.clock._clocked_thread import REAL
from cutover_parity.clock._virtual_clock import CLOCK


def make_sleeps_virtual() -> None:
    """Replace asyncio.sleep and time.sleep, before the application is imported."""
    plain = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        if delay > 0:
            _note("asyncio.sleep", delay)
        else:
            CLOCK.spun()
        return await plain(delay, result)

    asyncio.sleep = asyncio.tasks.sleep = sleep
    time.sleep = sleep_in_thread  # type: ignore[assignment]


def sleep_in_thread(seconds: float, /) -> None:
    """Sleep as `time.sleep` does, on the virtual clock."""
    if not seconds > 0:
        REAL.sleep(seconds)
        CLOCK.yield_turn()
        CLOCK.monotonic()
        return
    _note("time.sleep", seconds)
    CLOCK.wait(CLOCK.due_in(seconds), owner=LOG.get())


def _note(kind: str, seconds: float) -> None:
    log = LOG.get()
    if log is not None:
        log.timeout(kind, seconds)
