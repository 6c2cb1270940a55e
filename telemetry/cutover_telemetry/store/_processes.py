"""What a fork and the end of a process mean for writers, and for whoever reads in another thread.

Before a fork every writer puts its file down and every reader has finished: SQLite's own locks and connections must
not be carried over. The child starts with nothing: what its parent had not written is its parent's to write.
A process that `multiprocessing` started ends without `atexit`; there its finalizers do the same.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

LONGEST_READING = 5.0
READING = threading.RLock()
"""Held while this process reads, so that a fork waits for the end of it."""


class Forkable(Protocol):
    """Who has to know."""

    def before_fork(self) -> None:
        """Put everything down, and begin nothing until `after_fork`."""

    def after_fork(self) -> None:
        """Go on in the parent."""

    def start_afresh(self) -> None:
        """Begin with nothing in the child."""

    def at_exit(self) -> None:
        """Write what waits."""


_present: WeakSet[Any] = WeakSet()
_put_down: list[Forkable] = []
_reading_done: list[bool] = []


def enter(member: Forkable) -> None:
    """Tell this one from now on."""
    _present.add(member)


def finalize_in_child(finish: Callable[[], None]) -> None:
    """Run this at the end of a process that `multiprocessing` started; elsewhere `atexit` does."""
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, finish, exitpriority=100)


def _before() -> None:
    _reading_done.append(READING.acquire(timeout=LONGEST_READING))
    _put_down[:] = list(_present)
    for member in _put_down:
        member.before_fork()


def _after_in_parent() -> None:
    for member in _put_down:
        member.after_fork()
    _put_down.clear()
    if _reading_done.pop():
        READING.release()


def _after_in_child() -> None:
    global READING  # noqa: PLW0603  a lock that another thread may wait for cannot be carried over
    READING = threading.RLock()
    for member in _put_down:
        member.start_afresh()
    _put_down.clear()
    _reading_done.clear()


def _at_exit() -> None:
    for member in list(_present):
        member.at_exit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
atexit.register(_at_exit)
