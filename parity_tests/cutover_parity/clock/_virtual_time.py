"""Puts a whole process on the virtual clock, and drives routes on it.

`run_on_virtual_time()` comes first in a worker; every route is begun with `begin_route`, served, and ended with
`end_route`, which lets finish what the route left behind: tasks and threads that are done within `HORIZON` seconds
come to their end (as they would before the next request), waits of ours that last longer are broken off, and whoever
then still waits stays parked.
"""

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from typing import Any

from cutover_parity._messages import Json
from cutover_parity.arms._route_log import RouteLog
from cutover_parity.clock._clock_monitor import ClockMonitor
from cutover_parity.clock._clocked_thread import REAL
from cutover_parity.clock._determinism import FIRST_HOUR, HOUR, replace_clocks, replace_randomness, shift_of
from cutover_parity.clock._sleeps import make_sleeps_virtual
from cutover_parity.clock._virtual_clock import BEGINNING, CLOCK, SECOND
from cutover_parity.clock._virtual_locks import make_locks_virtual
from cutover_parity.clock._virtual_loop import make_loops_virtual
from cutover_parity.clock._waits import break_off, waits_left

HORIZON = 30.0
COOLING = 1800.0
_ROUNDS = 3
_MOST = 1000
_PATIENCE = 2.0
_MONITOR = ClockMonitor(CLOCK)
_KEPT = ("_thread", "time", "subprocess")
_NAMES = (*vars(REAL), "gmtime", "localtime", "strftime", "ctime", "asctime")
_PLAIN_SLEEP = asyncio.sleep


def run_on_virtual_time(salt: str = "") -> None:
    """Replace clocks, sleeps, locks, loops and randomness, before the application is imported."""
    CLOCK.adopt()
    CLOCK.set_wall(int((FIRST_HOUR - HOUR) * SECOND) + shift_of(salt))
    plain = _replaceable()
    replace_clocks()
    replace_randomness(salt)
    make_sleeps_virtual()
    make_locks_virtual()
    make_loops_virtual()
    _replace_where_imported(plain, _replaceable())
    _MONITOR.start()


async def begin_route(log: RouteLog, number: int, *, pause: float | None = None) -> None:
    """Begin the route of the case with this number: in an hour of its own, or `pause` seconds after the one before.

    A route that took longer than its hour puts off the next ones until they have caught up.
    """
    if pause is None or not CLOCK.answered:
        hour = BEGINNING + int((number + 1) * HOUR * SECOND)
        CLOCK.begin(log, now=max(hour, CLOCK.answered + int(COOLING * SECOND)))
    else:
        left = CLOCK.answered - CLOCK.now + pause * SECOND
        await _PLAIN_SLEEP(max(0.0, left / SECOND))
        CLOCK.begin(log, now=CLOCK.now)
    log.opened, log.started = CLOCK.now, CLOCK.wall() / SECOND
    _MONITOR.forget()


async def end_route(log: RouteLog, tasks: Collection["asyncio.Task[Any]"] = ()) -> None:
    """Let finish what a route left behind, break off what lasts too long."""
    here, CLOCK.answered = CLOCK.here(), CLOCK.now
    if not tasks and not CLOCK.others_busy and CLOCK.next_due(log) is None and not waits_left(log):
        return
    with _MONITOR.alarm(_PATIENCE, lambda: CLOCK.let_go(here)):
        await _settle(log, tasks, CLOCK.due_in(HORIZON))
        break_off(log)
        await _go_round()


def real_waits() -> Json:
    """Give how often, and for how many seconds, the clock went as the real one goes in this route."""
    return {"number": _MONITOR.waits.number, "seconds": round(_MONITOR.waits.seconds, 3)}


def limited(seconds: float, give_up: Callable[[], object]) -> AbstractContextManager[None]:
    """Call `give_up` in the loop if this stays open for longer, in real time, or can never end.

    Threads that are still busy are left to themselves from then on.
    """
    loop, here = asyncio.get_running_loop(), CLOCK.here()

    def ring() -> None:
        CLOCK.let_go(here)
        loop.call_soon_threadsafe(give_up)

    return _MONITOR.alarm(seconds, ring)


def held(lines: Iterator[str]) -> Iterator[str]:
    """Give the lines that the harness sends; while one is waited for, no time passes."""
    while True:
        with CLOCK.standing():
            line = next(lines, None)
        if line is None:
            return
        yield line


async def _settle(log: RouteLog, tasks: Collection["asyncio.Task[Any]"], last: int) -> None:
    await _go_round()
    for _ in range(_MOST):
        due = CLOCK.next_due(log)
        if due is None or due > last:
            break
        await _PLAIN_SLEEP((due - CLOCK.now) / SECOND)
        await _go_round()
    if tasks:
        await asyncio.wait(tasks, timeout=max(0.0, (last - CLOCK.now) / SECOND))


async def _go_round() -> None:
    for _ in range(_ROUNDS):
        await _PLAIN_SLEEP(0)


def _replaceable() -> list[Any]:
    return [*(getattr(time, name) for name in _NAMES), threading.Lock, queue.SimpleQueue]


def _replace_where_imported(plain: list[Any], virtual: list[Any]) -> None:
    known = {id(old): new for old, new in zip(plain, virtual, strict=True)}
    for name, module in list(sys.modules.items()):
        if name not in _KEPT and not name.startswith("cutover_parity"):
            for attribute, value in list(vars(module).items()):
                if id(value) in known:
                    setattr(module, attribute, known[id(value)])
    subprocess = sys.modules.get("subprocess")
    if subprocess is not None:
        subprocess.time = REAL  # type: ignore[attr-defined]
