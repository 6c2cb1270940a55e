"""The store's end in a serving process: records are put down at once, and written by one thread in batches.

The thread begins with the first record and ends with the process or with `close`. It only ever loses what is counted
as lost: records beyond the queue's room, and what a killed process had not written yet (half a second, as a rule).
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from cutover_telemetry._faults import Faults
from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord
from cutover_telemetry.store._depot import Depot
from cutover_telemetry.store._intake import Intake
from cutover_telemetry.store._limits import Limits
from cutover_telemetry.store._merging import Batch, StoredPiece
from cutover_telemetry.store._pace import Pace
from cutover_telemetry.store._processes import enter, finalize_in_child
from cutover_telemetry.store._raw import packed
from cutover_telemetry.store._tally import Counting
from cutover_telemetry.store._window import END_OF_TIME, MINUTE

WAKE_AT = 1_000
ROUTES_A_PIECE = 250
AT_ONCE = 50
RETRY = 0.05
AT_EXIT = 5.0
AT_FORK = 5.0


class Writer:
    """A `RecordSink` that ends in the store; `route`, `attempt` and `breaker` never block and never raise."""

    def __init__(self, path: Path, limits: Limits, *, clock: Callable[[], int]) -> None:
        self.faults = Faults()
        self._closed = self._put_down = False
        self._path, self._limits, self._clock = path, limits, clock
        self._begin()
        enter(self)

    def route(self, record: RouteRecord) -> None:
        """Put down a route that has ended, with its attempts."""
        self._put(record)

    def attempt(self, record: AttemptRecord) -> None:
        """Put down an attempt that no route has."""
        self._put(record)

    def breaker(self, record: BreakerRecord) -> None:
        """Put down a change of a circuit."""
        self._put(record)

    def flush(self, timeout: float = AT_EXIT) -> bool:
        """Write everything that was put down before; False if it could not be written in so many seconds."""
        deadline = time.monotonic() + timeout
        while self._writing.acquire(timeout=max(0.0, deadline - time.monotonic())):
            try:
                done = self._write(hurry=True)
            finally:
                self._writing.release()
            if done or time.monotonic() > deadline:
                return done
            time.sleep(RETRY)
        return False

    def close(self, timeout: float = AT_EXIT) -> bool:
        """Write everything and stop; what comes later is dropped. False if something could not be written."""
        self._closed = True
        self._intake.end()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        done = self.flush(timeout)
        if self._writing.acquire(timeout=timeout):
            self._depot.close()
            self._writing.release()
        return done

    @property
    def dropped(self) -> int:
        """Attempts of this process that are not in the store's counts."""
        return self._intake.dropped + self._depot.losses.dropped

    @property
    def unkept(self) -> int:
        """Attempts that are in the store's counts, but were not kept as they were."""
        return self._depot.losses.unkept

    def before_fork(self) -> None:
        """Close the file and write nothing until `after_fork`."""
        self._put_down = self._writing.acquire(timeout=AT_FORK)
        if self._put_down:
            self._depot.close()

    def after_fork(self) -> None:
        """Go on in the parent."""
        if self._put_down:
            self._writing.release()

    def start_afresh(self) -> None:
        """Begin with nothing, in a forked child."""
        self._begin()

    def at_exit(self) -> None:
        """Write what waits, at the end of the process."""
        with self.faults:
            self.close()

    def _begin(self) -> None:
        self._closed = self._put_down = False
        self._intake = Intake(self._limits.queue, wake_at=min(WAKE_AT, self._limits.queue // 2))
        self._pace = Pace()
        self._counting = Counting(self._limits.series, note=self.faults.note)
        self._routes: list[RouteRecord] = []
        self._lone: list[AttemptRecord] = []
        self._batch = Batch()
        self._depot = Depot(self._path, self._limits, clock=self._clock, pause=self._pace.pause)
        self._writing = threading.RLock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._due = 0.0

    def _put(self, record: RouteRecord | AttemptRecord | BreakerRecord) -> None:
        if self._closed:
            self._intake.drop(record)
            return
        self._intake.put(record)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        if not self._starting.acquire(blocking=False):
            return
        thread = threading.Thread(target=self._run, name="cutover-store", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # Too many threads: the next record tries again. On the way out: the end of the process writes.
            self._starting.release()
        else:
            self._thread = thread
            finalize_in_child(self.at_exit)

    def _run(self) -> None:
        while not self._closed:
            self._intake.wait(self._limits.interval)
            with self.faults, self._writing:
                self._write(hurry=False)

    def _write(self, *, hurry: bool) -> bool:
        self._pace.hurry = hurry
        self._count(hurry=hurry)
        now = time.monotonic()
        if now < self._due and self._batch.attempts < self._limits.unwritten // 2 and not hurry:
            return False
        self._due = now + self._limits.interval
        self._take_up()
        try:
            if self._depot.pending:
                self._depot.send(dropped=self._intake.dropped)
            self._depot.keep_up()
        except Exception as exc:  # noqa: BLE001  what the file or a record is like must not end the thread
            self.faults.note(exc)
        return not self._depot.pending

    def _count(self, *, hurry: bool) -> None:
        self._counting.latest = self._clock() + MINUTE
        for _ in range(0, len(self._intake), AT_ONCE):
            self._pace.hurry = hurry or self._intake.crowded
            self._pace.pause()
            for record in self._intake.take(AT_ONCE):
                try:
                    if type(record) is RouteRecord:
                        self._counting.route(record)
                        self._routes.append(record)
                    else:
                        self._count_one(record)
                except Exception as exc:  # noqa: BLE001  one bad record must not take the others with it
                    self.faults.note(exc)
            if len(self._routes) + len(self._lone) >= ROUTES_A_PIECE:
                self._pack()

    def _count_one(self, record: RouteRecord | AttemptRecord | BreakerRecord) -> None:
        if isinstance(record, RouteRecord):
            self._counting.route(record)
            self._routes.append(record)
        elif isinstance(record, AttemptRecord):
            self._counting.attempt(record)
            self._lone.append(record)
        elif isinstance(record, BreakerRecord):
            self._batch.breakers.append(record)
        else:
            raise TypeError(f"{type(record).__name__} is no record of a route, an attempt or a circuit")

    def _pack(self) -> None:
        routes, lone = self._routes, self._lone
        self._routes, self._lone = [], []
        attempts = [attempt for route in routes for attempt in route.attempts] + lone
        every: list[RouteRecord | AttemptRecord] = [*routes, *lone]
        piece = StoredPiece(
            started=min(each.started for each in every),
            ended=min(max(each.ended for each in every), END_OF_TIME),
            routes=len(routes),
            attempts=len(attempts),
            providers=tuple(sorted({attempt.provider for attempt in attempts})),
            data=packed(routes, lone),
        )
        self._batch.pieces.append(piece)
        self._batch.routes += piece.routes
        self._batch.attempts += piece.attempts

    def _take_up(self) -> None:
        if self._routes or self._lone:
            self._pack()
        batch, self._batch = self._batch, Batch()
        batch.tallies = self._counting.closed(self._pace.pause)
        self._depot.add(batch)
