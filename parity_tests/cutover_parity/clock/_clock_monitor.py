"""Watches a virtual clock in real time, from a thread of which the clock knows nothing.

It finds threads that are stuck in a wait that is not the clock's, lets others run beside a thread that does not give
up its turn, lets time go as the real one while somebody is stuck, and rings alarms: a route's limit is real time. A
route that nothing can wake any more is given up at once.
"""

import _thread
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cutover_parity.clock._clocked_thread import REAL, UNSEEN, ClockedThread, any_runnable, native_threads
from cutover_parity.clock._virtual_clock import SECOND, VirtualClock

TICK = 0.01
SLICE = SECOND // 4
_OTHERS = 2
_LONGEST = SECOND // 20


@dataclass(slots=True, eq=False)
class Alarm:
    """Something to be called once after real time, or as soon as nothing is left that could happen."""

    due: int
    ring: Callable[[], None]


@dataclass(slots=True)
class RealWaits:
    """How often, and for how many seconds, the clock had to go as the real one goes."""

    number: int = 0
    seconds: float = 0.0


class ClockMonitor:
    """The watching thread of one clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._alarms: list[Alarm] = []
        self._last = REAL.monotonic_ns()
        self._waiting = False
        self._quiet = 0
        self.waits = RealWaits()

    def forget(self) -> None:
        """Begin to count anew."""
        self.waits, self._waiting = RealWaits(), False

    def start(self) -> None:
        """Begin to watch."""
        _thread.start_new_thread(self._run, ())

    @contextlib.contextmanager
    def alarm(self, seconds: float, ring: Callable[[], None]) -> Iterator[None]:
        """Call `ring`, from another thread, if this stays open for longer."""
        alarm = Alarm(REAL.monotonic_ns() + int(seconds * SECOND), ring)
        self._alarms.append(alarm)
        try:
            yield
        finally:
            with contextlib.suppress(ValueError):
                self._alarms.remove(alarm)

    def _run(self) -> None:
        while True:
            REAL.sleep(TICK)
            self.look()

    def look(self) -> None:
        """Look once."""
        now = REAL.monotonic_ns()
        passed, self._last = min(now - self._last, _LONGEST), now
        with self._clock.section:
            self._sort_out()
            self._clock.dispatch()
            self._let_pass(passed)
            stalled = self._stalled()
        for alarm in [alarm for alarm in self._alarms if stalled or alarm.due <= now]:
            self._alarms.remove(alarm)
            alarm.ring()
            with self._clock.section:
                self._let_in()

    def _sort_out(self) -> None:
        clock = self._clock
        idle = {thread: thread.idles() for thread in (*clock.running, *clock.blocked)}
        working = any(idle.values()) and self._working()
        for thread, idles in idle.items():
            stuck = idles and not working
            if stuck != (thread in clock.blocked):
                clock.mark(thread, stuck=stuck)
        if clock.ready and any(_overdue(thread) for thread in clock.running):
            self._let_in()

    def _working(self) -> bool:
        away = {thread.native for thread in self._clock.threads.values() if thread.state == "away"}
        return any_runnable(native_threads() - away - {_thread.get_native_id()})

    def _let_in(self) -> None:
        if self._clock.ready:
            self._clock.grant(self._clock.ready.popleft())

    def _let_pass(self, passed: int) -> None:
        clock = self._clock
        free = not clock.running and not clock.ready and not clock.frozen
        if not (free and clock.hindered and clock.advance(passed)):
            self._waiting = False
            return
        self.waits.number += not self._waiting
        self.waits.seconds += passed / SECOND
        self._waiting = True

    def _stalled(self) -> bool:
        clock = self._clock
        busy = clock.running or clock.ready or clock.blocked or clock.hindered or clock.frozen
        foreign = any(thread.foreign for thread in clock.threads.values())
        if busy or foreign or any(thread.due is not None for thread in clock.parked):
            self._quiet = 0
            return False
        self._quiet += 1
        return self._quiet > 2 and 0 < len(native_threads()) <= len(clock.threads) + _OTHERS


def _overdue(thread: ClockedThread) -> bool:
    if thread.begun == UNSEEN:
        thread.begun = thread.cpu
    return thread.cpu - thread.begun > SLICE
