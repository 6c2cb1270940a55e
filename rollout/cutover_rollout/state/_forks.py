"""What a fork means for states and those who follow them.

A connection belongs to the process that opened it, and a lock may be held by a thread that the child does not have:
of SQLite, of a client library, of a module that is being imported, and the child would wait for it for ever. So nobody
forks while one of this package's threads is doing anything but wait for news. In the child everything is forgotten
first, and then what ran is started again.
"""

import os
import threading
from typing import Any, Protocol
from weakref import WeakSet

LONGEST = 2.0  # seconds
_inside = threading.RLock()
_waited = threading.local()
_present: WeakSet[Any] = WeakSet()


class Forked(Protocol):
    """Who has to know."""

    def forget(self) -> None:
        """Drop connections and locks without touching what the parent still uses."""

    def resume(self) -> None:
        """Start the threads that ran."""


def enter(member: Forked) -> None:
    """Tell this one from now on."""
    _present.add(member)


def undisturbed() -> threading.RLock:
    """A lock during which this process is not forked (for longer than two seconds it is, all the same)."""
    return _inside


def _before() -> None:
    _waited.lock = _inside if _inside.acquire(timeout=LONGEST) else None


def _after_in_parent() -> None:
    if _waited.lock is not None:
        _waited.lock.release()


def _after_in_child() -> None:
    global _inside  # noqa: PLW0603  a lock that another thread may hold cannot be carried over
    _inside = threading.RLock()
    members = list(_present)
    for member in members:
        member.forget()
    for member in members:
        member.resume()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
