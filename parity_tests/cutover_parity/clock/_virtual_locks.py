"""Locks whose waiters the virtual clock knows, and with them conditions, events, semaphores, queues, futures and joins.

All of these are made of locks that are looked up in `threading` when they are needed, so that replacing the lock is
enough; an object that was made before keeps working, and its waits are known as well where it makes a lock for each.
"""

import _thread
import queue
import threading
import types
from collections import deque
from typing import Any

from cutover_parity.arms._route_log import LOG
from cutover_parity.clock._clocked_thread import ClockedThread
from cutover_parity.clock._virtual_clock import CLOCK

_DONE = "_cutover_done"


class VirtualLock:
    """What `threading.Lock()` gives under a virtual clock."""

    __slots__ = ("__weakref__", "_lock", "_waiting")

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._waiting: deque[ClockedThread] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire as a real lock does; the timeout is of the virtual clock."""
        if timeout != -1 and not (blocking and 0 <= timeout <= _thread.TIMEOUT_MAX):
            return self._lock.acquire(blocking, timeout)
        if self._lock.acquire(False):
            return True
        return blocking and timeout != 0 and self._wait(None if timeout == -1 else CLOCK.due_in(timeout))

    def release(self) -> None:
        """Release, and let the one that waits longest have it."""
        self._lock.release()
        if self._waiting:
            with CLOCK.section:
                if self._waiting:
                    CLOCK.wake(self._waiting.popleft(), self)

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return repr(self._lock)

    def _at_fork_reinit(self) -> None:
        self._lock._at_fork_reinit()  # type: ignore[attr-defined]
        self._waiting.clear()

    def _wait(self, due: int | None) -> bool:
        thread, owner = CLOCK.here(), LOG.get()
        join = self._waiting.append
        while True:
            with CLOCK.section:
                if self._lock.acquire(False):
                    return True
                join(thread)
                CLOCK.park(thread, due, on=self, owner=owner)
            woken = CLOCK.rest(thread)
            join = self._waiting.appendleft
            with CLOCK.section:
                if not woken and thread in self._waiting:
                    self._waiting.remove(thread)
                if self._lock.acquire(False):
                    return True
            if not woken:
                return False


class VirtualSimpleQueue:
    """What `queue.SimpleQueue()` gives under a virtual clock; it too may be put into by a finaliser."""

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiting: deque[ClockedThread] = deque()

    __class_getitem__: Any = classmethod(types.GenericAlias)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        """Put an item; this never waits."""
        self._items.append(item)
        if self._waiting:
            with CLOCK.section:
                if self._waiting:
                    CLOCK.wake(self._waiting.popleft(), self)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Give the first item, or raise queue.Empty."""
        if timeout is not None and block and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        due = None if timeout is None else CLOCK.due_in(timeout)
        thread, owner = CLOCK.here(), LOG.get()
        while True:
            with CLOCK.section:
                if self._items:
                    return self._items.popleft()
                if not block or (due is not None and due <= CLOCK.now):
                    raise queue.Empty
                self._waiting.append(thread)
                CLOCK.park(thread, due, on=self, owner=owner)
            if not CLOCK.rest(thread):
                with CLOCK.section:
                    if thread in self._waiting:
                        self._waiting.remove(thread)

    def put_nowait(self, item: Any) -> None:
        """Put an item."""
        self.put(item)

    def get_nowait(self) -> Any:
        """Give the first item, or raise queue.Empty."""
        return self.get(block=False)

    def empty(self) -> bool:
        """Whether there is no item."""
        return not self._items

    def qsize(self) -> int:
        """The number of items."""
        return len(self._items)


class _RealEvent:
    def __init__(self) -> None:
        self._gate = _thread.allocate_lock()
        self._gate.acquire()
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        if not self._set:
            self._set = True
            self._gate.release()

    def wait(self, _: float | None = None) -> bool:
        if not self._set:
            self._gate.acquire()
            self._gate.release()
        return True

    def _at_fork_reinit(self) -> None:
        self._gate._at_fork_reinit()  # type: ignore[attr-defined]


def make_locks_virtual() -> None:
    """Replace locks, simple queues, and the start and join of threads."""
    for name in ("_allocate_lock", "Lock"):
        setattr(threading, name, VirtualLock)
    threading._CRLock = None  # type: ignore[attr-defined]
    queue.SimpleQueue = VirtualSimpleQueue  # type: ignore[misc,assignment]
    _wrap_threads()


def _wrap_threads() -> None:
    start, join = threading.Thread.start, threading.Thread.join

    def clocked_start(self: threading.Thread) -> None:
        if not getattr(self, "_initialized", False) or self._started.is_set():  # type: ignore[attr-defined]
            return start(self)
        clocked, done, run = CLOCK.expect(), VirtualLock(), self.run
        done.acquire()
        replaced = vars(self).get("run")

        def clocked_run() -> None:
            CLOCK.arrive(clocked)
            del self.run
            if replaced is not None:
                self.run = replaced  # type: ignore[method-assign]
            try:
                run()
            finally:
                done.release()
                CLOCK.depart(clocked)

        self.run = clocked_run  # type: ignore[method-assign]
        self._started = _RealEvent()  # type: ignore[attr-defined]
        vars(self)[_DONE], here = done, CLOCK.here()
        here.starting = True
        try:
            start(self)
        except BaseException:
            CLOCK.depart(clocked)
            raise
        finally:
            here.starting = False

    def clocked_join(self: threading.Thread, timeout: float | None = None) -> None:
        done = vars(self).get(_DONE)
        if done is None or self is threading.current_thread():
            join(self, timeout)
        elif done.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            done.release()
            join(self)

    threading.Thread.start = clocked_start  # type: ignore[method-assign]
    threading.Thread.join = clocked_join  # type: ignore[method-assign]
