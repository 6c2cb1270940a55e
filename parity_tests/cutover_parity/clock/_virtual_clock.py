"""The clock of an arm: time stands still while anything runs and jumps when everything waits.

Every thread of the process that Python started is known (`_virtual_threads`), and so are its waits: for a lock, and so
for events, queues, futures and joins (`_virtual_locks`), for an event loop's next timer (`_virtual_loop`), for a sleep
(`_sleeps`), for a stub or transport of ours (`_waits`). One thread has the turn; it keeps it until it waits, and who
became ready in the meantime comes next, first come, first served. Two arms that do the same do it so in the same order.
When nobody is left the clock jumps to the earliest due point and gives the turn to whoever waits for it.

A thread that computes, however long and on however busy a machine, holds the time; one that waits in a way that is not
known (`ClockedThread.idles`) does not: then the time goes as the real one goes, which is counted in `real_waits`.
"""

import _thread
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from math import ceil
from types import TracebackType

from cutover_parity.clock._clocked_thread import UNSEEN, ClockedThread

SECOND = 1_000_000_000
PATIENCE = 1000
TICKS = 100
_MILLISECOND = 1_000_000
BEGINNING = 100_000 * SECOND


class Abandoned(BaseException):
    """Raised in a stub or transport that a thread still waits in when its route is over."""


class _Section:
    """The clock's mutex; wake-ups that come while it is held are dealt with when it is let go."""

    def __init__(self, clock: "VirtualClock") -> None:
        self._clock, self._lock, self._depth = clock, _thread.RLock(), 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if self._depth == 1:
                self._clock.deal_with_wakes()
        finally:
            self._depth -= 1
            self._lock.release()


class VirtualClock:
    """The one clock of a worker; `owner` is the log of the route that is being driven.

    `answered` is the moment at which the last route had come to its end.
    """

    def __init__(self) -> None:
        self.section = _Section(self)
        self.owner: object = None
        self.frozen = False
        self.answered = 0
        self.threads: dict[int, ClockedThread] = {}
        self.running: set[ClockedThread] = set()
        self.blocked: set[ClockedThread] = set()
        self.ready: deque[ClockedThread] = deque()
        self.parked: dict[ClockedThread, None] = {}
        self._wakes: deque[tuple[ClockedThread, object]] = deque()
        self._orders = itertools.count()
        self._now = BEGINNING
        self._wall = 0
        self._reads = self._spins = self._ticks = 0

    @property
    def now(self) -> int:
        """Nanoseconds, as `time.monotonic_ns` gives them; looking here does not count as reading the clock."""
        return self._now

    def monotonic(self) -> int:
        """Read the clock; who reads it over and over, and does nothing else, sees it move on."""
        self._reads += 1
        if self._reads > PATIENCE:
            self._spin()
        return self._now

    def wall(self) -> int:
        """Read the time of day, in nanoseconds since 1970."""
        return self.monotonic() + self._wall

    @property
    def others_busy(self) -> bool:
        """Whether a thread beside the one that asks, which has the turn, runs or could."""
        return bool(self.ready or self.blocked or len(self.running) > 1)

    @property
    def ticking(self) -> bool:
        """Whether the last jump was to a due point that does not concern the route."""
        return self._ticks > 0

    def due_in(self, seconds: float) -> int:
        """Give the due point that is so far away."""
        return self._now + ceil(seconds * SECOND)

    def progressed(self) -> None:
        """Note that the route did something that can be seen, so that it does not merely poll."""
        self._reads = self._spins = self._ticks = 0

    def spun(self) -> None:
        """Note that a loop went round without waiting; a thread that it seems to wait for is not kept for ever."""
        self._spins += 1
        if self._spins > PATIENCE and any(thread.due is not None for thread in list(self.parked)):
            self._spin()

    def here(self) -> ClockedThread:
        """Give the thread that asks; one that Python did not start is foreign, and waits in real time."""
        ident = _thread.get_ident()
        thread = self.threads.get(ident)
        if thread is None:
            thread = self.threads[ident] = ClockedThread(ident, foreign=True)
        return thread

    def park(
        self,
        thread: ClockedThread,
        due: int | None,
        *,
        on: object = None,
        owner: object = None,
        holds: bool = False,
        own_due: Callable[[object], int | None] | None = None,
        nudge: Callable[[], None] | None = None,
    ) -> None:
        """Say, within the section, that a thread waits from now on; `rest` is the wait itself."""
        thread.due, thread.on, thread.owner, thread.holds = due, thread if on is None else on, owner, holds
        thread.own_due, thread.nudge, thread.woken, thread.order = own_due, nudge, False, next(self._orders)
        if not thread.foreign:
            self._leave(thread)
            thread.state = "parked"
            self.parked[thread] = None
            self.dispatch()

    def rest(self, thread: ClockedThread) -> bool:
        """Wait, outside the section, until woken (True) or due (False)."""
        if thread.foreign:
            self._rest_really(thread)
        else:
            self._pass_gate(thread)
        if thread.released:
            thread.released = False
            raise Abandoned("the route is over")
        return thread.woken

    def wait(self, due: int | None, *, owner: object = None, holds: bool = False) -> None:
        """Wait until a due point."""
        thread = self.here()
        with self.section:
            self.park(thread, due, owner=owner, holds=holds)
        self.rest(thread)

    def wake(self, thread: ClockedThread, on: object) -> None:
        """Wake a thread if it waits for that; callable at any moment, from a finaliser too."""
        self._wakes.append((thread, on))
        with self.section:
            pass

    def yield_turn(self) -> None:
        """Let those go first who are ready."""
        if not self.ready:
            return
        thread = self.here()
        with self.section:
            if thread.state != "running" or not self.ready:
                return
            self._leave(thread)
            self._queue(thread)
            self.dispatch()
        self._pass_gate(thread)

    def expect(self) -> ClockedThread:
        """Announce a thread that is about to be started; it is ready from now on."""
        thread = ClockedThread()
        with self.section:
            self._queue(thread)
            self.dispatch()
        return thread

    def arrive(self, thread: ClockedThread) -> None:
        """Say, in the thread itself, that it has come to life; wait for its turn."""
        with self.section:
            thread.native, thread.ident = _thread.get_native_id(), _thread.get_ident()
            self.threads[thread.ident] = thread
        self._pass_gate(thread)

    def depart(self, thread: ClockedThread) -> None:
        """Say that a thread ends here, or was not started after all."""
        with self.section:
            self._leave(thread)
            thread.state = "away"
            if self.threads.get(thread.ident) is thread:
                del self.threads[thread.ident]
            self.dispatch()

    def adopt(self) -> None:
        """Make the calling thread one of the clock's, and give it the turn."""
        thread = self.here()
        with self.section:
            thread.native, thread.foreign = _thread.get_native_id(), False
            thread.state = "running"
            self.running.add(thread)

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let no time pass while the harness itself waits for the next case; who was ready may end what it does."""
        thread = self.here()
        with self.section:
            self.frozen = True
            self._leave(thread)
            thread.state = "away"
            self.dispatch()
        try:
            yield
        finally:
            with self.section:
                self._queue(thread)
                self.dispatch()
            self._pass_gate(thread)
            self.frozen = False

    def set_wall(self, nanoseconds: int) -> None:
        """Say what time of day it is."""
        self._wall = nanoseconds - self._now

    def begin(self, owner: object, *, now: int) -> None:
        """Begin a route, and not before this moment; who still runs is left to itself."""
        with self.section:
            self.owner = owner
            self._now = max(self._now, now)
            self.progressed()
            self.let_go(self.here())

    def let_go(self, keep: ClockedThread) -> None:
        """Leave all threads but one that still run to themselves; they hold the time no more."""
        with self.section:
            for thread in (self.running | self.blocked) - {keep}:
                self._leave(thread)
                thread.state = "away"
            self.dispatch()

    def next_due(self, owner: object) -> int | None:
        """Give the earliest due point of a thread that waits on behalf of a route."""
        with self.section:
            found = _first((thread, thread.next_due(owner)) for thread in self.parked)
        return found[1] if found else None

    def release(self, owner: object) -> int:
        """Break off the waits of a route that is over, in stubs and transports; give their number."""
        with self.section:
            held = [thread for thread in self.parked if thread.holds and thread.owner is owner]
            for thread in held:
                thread.released = True
                self._unpark(thread, woken=True)
            self.dispatch()
        return len(held)

    @property
    def hindered(self) -> bool:
        """Whether something is under way that the clock cannot see, so that it must not jump."""
        return bool(self.blocked) or any(thread.nudge is not None for thread in self.parked)

    def dispatch(self) -> None:
        """Give the turn on if nobody has it."""
        if self.running:
            return
        if self.ready:
            self.grant(self.ready.popleft())
        elif not self.frozen and not self.hindered:
            self._jump()

    def grant(self, thread: ClockedThread) -> None:
        """Give a thread the turn."""
        self.parked.pop(thread, None)
        thread.state, thread.cpu, thread.begun, thread.looks = "running", UNSEEN, UNSEEN, 0
        self.running.add(thread)
        self._reads = self._spins = 0
        nudge, thread.nudge = thread.nudge, None
        if nudge is not None:
            nudge()
        thread.gate.release()

    def advance(self, nanoseconds: int) -> bool:
        """Move on by hand, to the next due point at the most; say whether anybody waits for the time at all."""
        waiting = self._earliest()
        if waiting is None:
            return False
        thread, due = waiting
        self._now = max(self._now, min(self._now + nanoseconds, due))
        if self._now >= due:
            self._count(thread, due)
            self._unpark(thread, woken=False)
            self.dispatch()
        return True

    def mark(self, thread: ClockedThread, *, stuck: bool) -> None:
        """Count a running thread as blocked, or a blocked one as running."""
        self._leave(thread)
        thread.state = "blocked" if stuck else "running"
        (self.blocked if stuck else self.running).add(thread)

    def deal_with_wakes(self) -> None:
        """Wake those that were to be woken."""
        while self._wakes:
            thread, on = self._wakes.popleft()
            if thread.on is on:
                self._unpark(thread, woken=True)
                self.dispatch()

    def _unpark(self, thread: ClockedThread, *, woken: bool) -> None:
        thread.woken, thread.on = woken, None
        if thread.foreign:
            thread.gate.release()
        elif thread.state == "parked":
            if self.owner is not None and thread.owner is self.owner:
                self._ticks = 0
            self._queue(thread)

    def _queue(self, thread: ClockedThread) -> None:
        self.parked.pop(thread, None)
        thread.state = "ready"
        self.ready.append(thread)

    def _leave(self, thread: ClockedThread) -> None:
        self.running.discard(thread)
        self.blocked.discard(thread)
        self.parked.pop(thread, None)
        if thread.state == "ready":
            self.ready.remove(thread)

    def _jump(self) -> None:
        waiting = self._earliest()
        if waiting is not None:
            thread, due = waiting
            self._count(thread, due)
            self._now = max(self._now, due)
            thread.on = None
            self.grant(thread)

    def _earliest(self) -> tuple[ClockedThread, int] | None:
        own = _first((thread, thread.next_due(self.owner)) for thread in self.parked) if self._ticks >= TICKS else None
        return own or _first((thread, thread.due) for thread in self.parked)

    def _count(self, thread: ClockedThread, due: int) -> None:
        own = thread.next_due(self.owner)
        self._ticks = 0 if own is not None and own <= due else self._ticks + 1

    def _spin(self) -> None:
        self.yield_turn()
        with self.section:
            alone = len(self.running) == 1 and self.here() in self.running
            if not alone or self.ready or self.hindered or self.frozen:
                return
            waiting = self._earliest()
            self._now += _MILLISECOND
            if waiting is not None and waiting[1] <= self._now:
                self._count(*waiting)
                self._unpark(waiting[0], woken=False)

    def _pass_gate(self, thread: ClockedThread) -> None:
        try:
            thread.gate.acquire()
        except BaseException:
            with self.section:
                if not thread.gate.acquire(blocking=False):
                    self._leave(thread)
                    thread.state = "running"
                    self.running.add(thread)
            raise

    def _rest_really(self, thread: ClockedThread) -> None:
        left = -1.0 if thread.due is None else max(0.0, (thread.due - self._now) / SECOND)
        if thread.gate.acquire(True, left):
            return
        with self.section:
            opened, thread.on = thread.on is None, None
        if opened:
            thread.gate.acquire()


def _first(waiting: Iterable[tuple[ClockedThread, int | None]]) -> tuple[ClockedThread, int] | None:
    dues = ((thread, due) for thread, due in waiting if due is not None)
    return min(dues, key=lambda entry: (entry[1], entry[0].order), default=None)


CLOCK = VirtualClock()
