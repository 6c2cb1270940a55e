"""Where serving threads put records down: bounded, never blocking, safe wherever Python code can run.

Nothing here takes a lock that the same thread could hold already: the garbage collector may end a dropped stream, and
so bring a record, in the middle of anything, this module included.
"""

import threading
from collections import deque
from contextlib import suppress

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord

Record = RouteRecord | AttemptRecord | BreakerRecord


class Intake:
    """Records on their way to the writer's thread."""

    def __init__(self, limit: int, *, wake_at: int) -> None:
        self._waiting: deque[Record] = deque()
        self._limit = limit
        self._wake_at = wake_at
        self._asleep = threading.Lock()
        self._dropping = threading.RLock()
        self._attempts_dropped = 0
        self._ended = False

    def put(self, record: Record) -> None:
        """Leave a record; it is dropped, and counted, if too many wait."""
        waiting = self._waiting
        size = len(waiting)
        if size >= self._limit:
            self.drop(record)
            return
        waiting.append(record)
        if size >= self._wake_at:
            self.wake()

    def drop(self, record: Record) -> None:
        """Count a record that is not kept."""
        with self._dropping:
            self._attempts_dropped += attempts_in(record)

    def end(self) -> None:
        """Let nobody sleep any more."""
        self._ended = True
        self.wake()

    def wake(self) -> None:
        """Let the writer come now."""
        if self._asleep.locked():
            with suppress(RuntimeError):
                self._asleep.release()

    def wait(self, seconds: float) -> None:
        """Sleep until so many records wait, or for so long."""
        self._asleep.acquire(blocking=False)
        if len(self._waiting) < self._wake_at and not self._ended:
            self._asleep.acquire(timeout=seconds)

    def take(self, most: int) -> list[Record]:
        """The oldest records, up to so many."""
        taken = self._waiting.popleft
        return [taken() for _ in range(min(most, len(self._waiting)))]

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def crowded(self) -> bool:
        """Whether a quarter of the room is taken."""
        return len(self._waiting) * 4 > self._limit

    @property
    def dropped(self) -> int:
        """How many attempts were dropped."""
        return self._attempts_dropped


def attempts_in(record: Record) -> int:
    """How many attempts a record brings."""
    if isinstance(record, RouteRecord):
        return len(record.attempts)
    return 1 if isinstance(record, AttemptRecord) else 0
