"""Waits of the harness itself: a stub or a transport takes its time, in seconds of the route clock.

They are not noted as what the application asked for. When a route is over, `break_off` ends those that are left, in
threads (`Abandoned` is raised there) as in tasks (which are cancelled). Where no virtual clock runs they are real.
"""

import asyncio
import time

from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.clock._clocked_thread import REAL
from cutover_parity.clock._virtual_clock import CLOCK

_left: dict["asyncio.Future[None]", RouteLog | None] = {}


def wait(seconds: float) -> None:
    """Wait in a worker thread."""
    if time.sleep is REAL.sleep:
        time.sleep(seconds)
    elif seconds > 0:
        CLOCK.wait(CLOCK.due_in(seconds), owner=LOG.get(), holds=True)


async def wait_async(seconds: float) -> None:
    """Wait in the event loop."""
    if not seconds > 0:
        return
    loop = asyncio.get_running_loop()
    waiting = loop.create_future()
    timer = loop.call_later(seconds, _finish, waiting)
    _left[waiting] = LOG.get()
    try:
        await waiting
    finally:
        timer.cancel()
        del _left[waiting]


def break_off(log: RouteLog) -> int:
    """End the waits that a route has left behind; give their number."""
    tasks = waits_left(log)
    for waiting in tasks:
        waiting.cancel()
    return len(tasks) + CLOCK.release(log)


def waits_left(log: RouteLog) -> list["asyncio.Future[None]"]:
    """Give the waits of a route in the event loop that have not ended."""
    return [waiting for waiting, owner in _left.items() if owner is log]


def _finish(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
