"""One thread as the virtual clock sees it, and whether the operating system really runs it.

A thread is *running* (it has the turn, or runs beside it because it would not give it up), *ready* (it waits for its
turn), *parked* (in a wait that the clock knows, perhaps until a due point), *blocked* (in a wait that the clock does
not know: a pipe, a lock of a library written in C) or *away* (not of the clock's business: it belongs to nobody's
route, or was started behind Python's back).
"""

import _thread
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Literal, TypeAlias

State: TypeAlias = Literal["running", "ready", "parked", "blocked", "away"]

REAL = SimpleNamespace(
    **{
        name: getattr(time, name)
        for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "time", "time_ns", "sleep")
    },
    process_time=time.process_time,
    process_time_ns=time.process_time_ns,
    thread_time=time.thread_time,
    thread_time_ns=time.thread_time_ns,
)
UNSEEN = -2
LOOKS = 3
_TASKS = Path("/proc/self/task")


def closed_gate() -> "_thread.LockType":
    """Give a real lock that is held: who acquires it waits until somebody opens it."""
    gate = _thread.allocate_lock()
    gate.acquire()
    return gate


@dataclass(slots=True, eq=False)
class ClockedThread:
    """A thread; all fields change under the clock's mutex only.

    `due` is in nanoseconds of the clock. `on` is what it waits for, `owner` the log of the route on whose behalf,
    `holds` whether that is a wait of ours, to be broken off when the route is over. `own_due` gives the next due point
    of a route in a loop, which holds others' as well. `nudge` wakes it out of a real wait for descriptors. `cpu` is
    what it had used up when it was last looked at, `looks` how often it was found idle since, `starting` that it waits
    for a thread which it has started.
    """

    ident: int = 0
    native: int = 0
    foreign: bool = False
    gate: "_thread.LockType" = field(default_factory=closed_gate)
    state: State = "away"
    due: int | None = None
    order: int = 0
    woken: bool = False
    released: bool = False
    on: object = None
    owner: object = None
    holds: bool = False
    own_due: Callable[[object], int | None] | None = None
    nudge: Callable[[], None] | None = None
    cpu: int = UNSEEN
    begun: int = UNSEEN
    looks: int = 0
    starting: bool = False

    def used(self) -> int:
        """Give the nanoseconds of processor time that the thread has used, -1 where that cannot be known."""
        if not self.ident or not hasattr(time, "pthread_getcpuclockid"):
            return -1
        return time.clock_gettime_ns(time.pthread_getcpuclockid(self.ident))

    def idles(self) -> bool:
        """Look at it; say whether it used no processor the last few times, and does not wait for one either.

        A thread that waits for another one to come to life is not idle, and one that has yet to come to life neither.
        """
        used, before = self.used(), self.cpu
        idle = bool(self.ident) and not self.starting and used == before and not _runnable(self.native)
        self.cpu, self.looks = used, self.looks + 1 if idle else 0
        return self.looks >= (1 if self.state == "blocked" else LOOKS)

    def next_due(self, owner: object) -> int | None:
        """Give the due point that concerns a route, if there is one."""
        if self.own_due is not None:
            return self.own_due(owner)
        return self.due if owner is not None and self.owner is owner else None


def native_threads() -> set[int]:
    """Give the threads of this process as the operating system sees them; none where it does not say."""
    try:
        return {int(task.name) for task in _TASKS.iterdir()}
    except OSError:
        return set()


def any_runnable(natives: set[int]) -> bool:
    """Whether one of these threads runs, or would if it got a processor: others may have to wait for it."""
    return any(_runnable(native) for native in natives)


def _runnable(native: int) -> bool:
    try:
        line = (_TASKS / str(native) / "stat").read_text()
    except OSError:
        return False
    return line.rpartition(")")[2].split()[0] == "R"
