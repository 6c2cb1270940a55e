"""The spool: routes wait here, in bounded memory, until a thread has handed them to whoever writes the recording.

Whoever serves a request only appends to a queue. What does not fit, is not sampled, or cannot be written is counted by
its reason and otherwise forgotten: a slow, stalled or full disk never holds up or breaks a served request.
"""

import contextvars
import logging
import os
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from cutover_parity._messages import Route
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._sampling import Sampler
from cutover_parity.recorder._visit import Visit

_log = logging.getLogger("cutover_parity")
_PAUSE = 0.05


class Writer(Protocol):
    """Takes routes on their way to a recording. Each method may block; `write` and `tell` may raise OSError."""

    def write(self, route: Route) -> None:
        """Take one route."""

    def tell(self, counts: Mapping[str, int]) -> None:
        """Take the counts of dropped routes so far; they replace those that were told before."""

    def close(self, seconds: float) -> Mapping[str, int]:
        """Finish within this time; give the counts of routes that were dropped on the way from here."""

    def forked(self) -> None:
        """Let go of what belongs to the process from which this one was forked off."""


class Spool:
    """Takes visits and hands their routes to a writer; `recorded` and `drops` (by reason) count routes."""

    _closed: bool

    def __init__(self, writer: Writer, options: RecorderOptions) -> None:
        self.options, self.recorded = options, 0
        self.drops: Counter[str] = Counter()
        self._writer, self._sampler = writer, Sampler(options.sampling)
        self._told = 0
        self._begin()
        _spools.add(self)

    def offer(self, visit: Visit) -> None:
        """Take a visit that has ended; never blocks, never raises."""
        try:
            size = visit.size
            with self._offering:
                if self._closed or self._taken + size - self._freed > self.options.queue_bytes:
                    self.drops["closed" if self._closed else "queue full"] += 1
                    return
                visit.tape.unheard = self._unheard
                self._taken += size
                self._waiting.append((visit, size))
                self._start()
            self._wake.set()
        except Exception:  # noqa: BLE001  the served request comes first
            self.drops["fault"] += 1

    def flush(self, seconds: float) -> bool:
        """Hand everything over that waits now, ended or not; say whether that was done in time."""
        with self._offering:
            if self._thread is None:
                return True
            self._flushing += 1
        self._wake.set()
        self._hurry.set()
        give_up = time.monotonic() + seconds
        done = False
        while not (done := not self._waiting and not self._handing) and time.monotonic() < give_up:
            time.sleep(0.002)
        with self._offering:
            self._flushing -= 1
            if not self._flushing:
                self._hurry.clear()
        return done

    def close(self, seconds: float) -> None:
        """Hand everything over and take no more; what is not done in time is dropped and counted."""
        give_up = time.monotonic() + seconds
        done = self.flush(seconds)
        with self._offering:
            if self._closed:
                return
            self._closed = True
            left = len(self._waiting)
            self._waiting.clear()
        self._wake.set()
        if not done:
            self.drops["closed"] += left
        if self._thread is not None:
            self._thread.join(max(0.0, give_up - time.monotonic()))
            if self._thread.is_alive():
                return
        self._finish(max(0.0, give_up - time.monotonic()))

    def _begin(self) -> None:
        self._waiting: deque[tuple[Visit, int]] = deque()
        self._offering = threading.Lock()
        self._wake, self._hurry = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._taken = self._freed = self._flushing = 0
        self._handing = False
        self._closed = False

    def forked(self) -> None:
        """Begin anew in a process that was forked off: what waited is the parent's to write."""
        self._begin()
        self._writer.forked()
        self.recorded = 0
        self.drops.clear()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cutover-recorder", daemon=True)
            contextvars.Context().run(self._thread.start)

    def _work(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            while self._waiting and not self._closed:
                self._round()
                if self._waiting and not self._closed:
                    self._hurry.wait(_PAUSE)

    def _round(self) -> None:
        """Hand over what is due, in order; put back what is still busy."""
        for _ in range(len(self._waiting)):
            self._handing = True
            try:
                visit, size = self._waiting.popleft()
            except IndexError:
                break
            if not self._due(visit):
                self._waiting.append((visit, size))
                continue
            self._hand_over(visit)
            self._freed += size
        self._tell()
        self._handing = False

    def _due(self, visit: Visit) -> bool:
        if self._flushing:
            return True
        age = time.monotonic() - visit.ended_at
        return age >= (self.options.hold if visit.busy else self.options.settle)

    def _hand_over(self, visit: Visit) -> None:
        try:
            visit.tape.written = True
            route = visit.route()
            if not self._sampler.keeps(route):
                self.drops["not sampled"] += 1
                return
            self._writer.write(route)
            self.recorded += 1
        except OSError as error:
            self._dropped("not written", error)
        except Exception as error:  # noqa: BLE001  the served request comes first
            self._dropped("fault", error)

    def _tell(self) -> None:
        total = self.drops.total()
        if total != self._told:
            self._told = total
            with suppress(OSError):
                self._writer.tell(dict(self.drops))

    def _finish(self, seconds: float) -> None:
        try:
            self._tell()
            self.drops.update(self._writer.close(seconds))
        except OSError as error:
            _log.warning("the recording was not finished: %s", error)

    def _unheard(self) -> None:
        self.drops["exchanges too late or too many"] += 1

    def _dropped(self, reason: str, error: Exception) -> None:
        self.drops[reason] += 1
        if self.drops[reason].bit_count() == 1:
            _log.warning("%d routes were not recorded so far (%s): %s", self.drops[reason], reason, error)


_spools: "weakref.WeakSet[Spool]" = weakref.WeakSet()


def _forked() -> None:
    for spool in list(_spools):
        spool.forked()


os.register_at_fork(after_in_child=_forked)
