"""Event loops on the virtual clock: any selector loop that is made after `make_loops_virtual()`.

A loop with nothing to do parks until its next timer, or until another thread hands it something. One that also watches
descriptors of the world outside (a pipe of a child process) really waits for them, and time goes as the real one.
"""

import asyncio
import asyncio.selector_events
import math
import selectors
import sys
from collections.abc import Mapping
from typing import Any

from cutover_parity.arms._route_log import LOG
from cutover_parity.clock._clocked_thread import ClockedThread
from cutover_parity.clock._virtual_clock import CLOCK, SECOND

_RESOLUTION = 1e-6
_OWN_DESCRIPTORS = 1


class VirtualSelector(selectors.BaseSelector):
    """Stands between a loop and its real selector; decides how the loop waits."""

    def __init__(self, real: selectors.BaseSelector, loop: Any) -> None:
        self._real, self._loop = real, loop
        self._thread: ClockedThread | None = None
        self._handed = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready on the descriptors; wait if the loop has nothing else to do."""
        if timeout is not None and timeout <= 0:
            self._look_for_progress()
            CLOCK.yield_turn()
            return self._real.select(0)
        outside = len(self._real.get_map()) > _OWN_DESCRIPTORS
        if outside and (events := self._real.select(0)):
            return events
        self._wait(None if timeout is None else CLOCK.now + math.ceil(timeout * SECOND), outside=outside)
        return self._real.select(0)

    def hand_over(self, nudge: Any) -> None:
        """Wake the loop: another thread, or a signal, has something for it."""
        self._handed = True
        nudge()
        if self._thread is not None:
            CLOCK.wake(self._thread, self)

    def _wait(self, due: int | None, *, outside: bool) -> None:
        thread = self._thread = CLOCK.here()
        with CLOCK.section:
            handed, self._handed = self._handed, False
            if handed:
                return
            nudge = self._nudge if outside else None
            CLOCK.park(thread, due, on=self, own_due=self._own_due, nudge=nudge)
        if outside and not thread.foreign:
            self._real.select()
            CLOCK.wake(thread, self)
        CLOCK.rest(thread)
        self._handed = False

    def _nudge(self) -> None:
        self._loop.cutover_nudge()

    def _own_due(self, owner: object) -> int | None:
        own = [handle.when() for handle in self._loop._scheduled if _runs_for(handle, owner)]
        return math.ceil(min(own) * SECOND) if own else None

    def _look_for_progress(self) -> None:
        owner = CLOCK.owner
        if CLOCK.ticking and any(_runs_for(handle, owner) for handle in self._loop._ready):
            CLOCK.progressed()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Hand on."""
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Hand on."""
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Hand on."""
        return self._real.modify(fileobj, events, data)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """Hand on."""
        return self._real.get_key(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Hand on."""
        return self._real.get_map()

    def close(self) -> None:
        """Hand on."""
        self._real.close()


def make_loops_virtual() -> None:
    """Give every selector loop that is made from now on a virtual selector and the virtual time."""
    kind: Any = asyncio.selector_events.BaseSelectorEventLoop
    make, write = kind.__init__, kind._write_to_self

    def init(self: Any, selector: selectors.BaseSelector | None = None) -> None:
        virtual = VirtualSelector(selector or selectors.DefaultSelector(), self)
        make(self, virtual)
        self._clock_resolution = _RESOLUTION
        self.cutover_nudge = lambda: write(self)

    def write_to_self(self: Any) -> None:
        if isinstance(self._selector, VirtualSelector):
            self._selector.hand_over(lambda: write(self))
        else:
            write(self)

    kind.__init__, kind._write_to_self = init, write_to_self
    asyncio.BaseEventLoop.time = _time  # type: ignore[method-assign]


def _time(self: asyncio.BaseEventLoop) -> float:  # noqa: ARG001 - stands in for a method
    internal = sys._getframe(1).f_code is _RUN_ONCE
    return (CLOCK.now if internal else CLOCK.monotonic()) / SECOND


def _runs_for(handle: Any, owner: object) -> bool:
    return owner is not None and not handle.cancelled() and handle._context.get(LOG) is owner


_RUN_ONCE = asyncio.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]
