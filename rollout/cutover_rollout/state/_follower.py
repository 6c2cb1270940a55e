"""The thread that keeps one worker's switch as the state says, and the one that gives up when there is no state.

    Follower(open_state("redis://cache.internal/0")).start()

No request waits for either: they replace the switch's snapshot, and that is all that requests read. The second thread
is there because the first may hang where no time limit reaches, as in looking up a name. Both start again in a forked
child.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from cutover_registry import SwitchSnapshot, follow_switch
from cutover_rollout.state import _forks
from cutover_rollout.state._following import LEGACY, take
from cutover_rollout.state._lease import steady
from cutover_rollout.state._records import Versioned
from cutover_rollout.state._store import Watched

STALE_AFTER = 300.0  # seconds
WATCH = 1.0  # seconds
PAUSES = (0.2, 1.0)  # seconds between attempts, by chance between these
Standing = Literal["starting", "following", "lost", "stale", "stopped"]
MEANING = {
    "following": "followed",
    "lost": "the switch stays as it is",
    "stale": "nothing of it for too long, everything is on legacy",
}
logger = logging.getLogger("cutover_rollout")


@dataclass(frozen=True, slots=True)
class Followed:
    """How a worker stands with its state.

    Attributes:
        where: The address of the state, as it may be shown.
        standing: "following"; "lost": the last switch is kept; "stale": it was lost for too long, all is on legacy.
        version: Of what was read last; None before the first.
        silence: Seconds since the state was last heard and understood.
        problem: Why it is lost or stale.
    """

    where: str
    standing: Standing
    version: int | None
    silence: float
    problem: str | None


class Follower:
    """Follows a state in threads of its own; a `with` block starts and stops it.

    Args:
        state: What to follow.
        stale_after: Seconds without the state after which everything is on legacy.
        apply: Takes each switch; None when the follower stops. By default the switch of this process.
    """

    def __init__(
        self,
        state: Watched,
        *,
        stale_after: float = STALE_AFTER,
        apply: Callable[[SwitchSnapshot | None], None] = follow_switch,
    ) -> None:
        self._state = state
        self._stale_after = stale_after
        self._apply = apply
        self._kept = LEGACY
        self._seen: Versioned | None = None
        self._trusted: Versioned | None = None
        self._partly: str | None = None
        self._heard = steady()
        self._problem: str | None = None
        self._standing: Standing = "starting"
        self._running = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()
        _forks.enter(self)

    def start(self) -> Self:
        """Be on legacy until the state was read, and follow it from then on; returns at once."""
        with self._lock:
            if not self._running:
                self._running, self._stop = True, threading.Event()
                self._standing, self._heard = "starting", steady()
                self._apply(LEGACY)
                self._launch()
        return self

    def stop(self) -> None:
        """Follow no longer; the switch is what its file says again."""
        with self._lock:
            threads, self._threads = self._threads, ()
            running, self._running = self._running, False
            self._standing, self._kept = "stopped", LEGACY
            self._seen = self._trusted = self._partly = self._problem = None
            self._stop.set()
            if running:
                self._apply(None)
        for thread in threads:
            thread.join(WATCH)

    def now(self) -> Followed:
        """How this worker stands with its state."""
        with self._lock:
            version = None if self._seen is None else self._seen.version
            return Followed(self._state.where, self._standing, version, steady() - self._heard, self._problem)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def forget(self) -> None:
        """Begin with locks that nobody holds, in a forked child."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = ()

    def resume(self) -> None:
        """Start the threads again, in a forked child whose parent had them."""
        if self._running:
            self._launch()

    def _launch(self) -> None:
        stop = self._stop
        self._threads = (
            threading.Thread(target=self._follow, args=(stop,), name="cutover-follower", daemon=True),
            threading.Thread(target=self._guard, args=(stop,), name="cutover-stale", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def _follow(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                found = self._state.watch(self._seen, WATCH)
                with _forks.undisturbed():
                    self._take(stop, found)
            except Exception as error:  # noqa: BLE001  whatever the state does, the worker goes on
                self._lose(stop, str(error) or type(error).__name__)
                stop.wait(random.uniform(*PAUSES))  # noqa: S311  to spread workers, not to hide anything

    def _guard(self, stop: threading.Event) -> None:
        while not stop.is_set():
            left = self._heard + self._stale_after - steady()
            if left <= 0:
                self._give_up(stop)
            stop.wait(min(left, WATCH) if left > 0 else WATCH)

    def _give_up(self, stop: threading.Event) -> None:
        with self._lock:
            late = steady() - self._heard >= self._stale_after
            if late and self._standing != "stale" and not stop.is_set():
                try:
                    self._apply(LEGACY)
                except Exception:
                    logger.exception("%s: legacy could not be put in force, it is tried again", self._state.where)
                else:
                    self._stand("stale", self._problem or "it does not answer")

    def _take(self, stop: threading.Event, found: Versioned | None) -> None:
        with self._lock:
            if stop.is_set():
                return
            if found is not None:
                taken = take(found, kept=self._kept, trusted=self._trusted, where=self._state.where)
                self._seen, self._kept, self._partly = found, taken.switch, taken.problem
                self._trusted = found if taken.problem is None else self._trusted
            elif self._partly is None and self._standing == "following":
                self._heard = steady()
                return
            self._put()

    def _put(self) -> None:
        """Put in force what is kept, unless it is stale and nothing better was read."""
        if self._partly is None:
            self._heard = steady()
            self._stand("following", None)
        elif self._standing != "stale":
            self._stand("lost", self._partly)
        self._apply(LEGACY if self._standing == "stale" else self._kept)

    def _lose(self, stop: threading.Event, problem: str) -> None:
        with self._lock:
            if not stop.is_set() and self._standing != "stale":
                self._stand("lost", problem)

    def _stand(self, standing: Standing, problem: str | None) -> None:
        if standing != self._standing:
            level = logging.INFO if standing == "following" else logging.WARNING
            logger.log(level, "%s: %s%s", self._state.where, MEANING[standing], f" ({problem})" if problem else "")
        self._standing, self._problem = standing, problem
