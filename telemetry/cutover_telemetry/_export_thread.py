"""The thread that feeds an exporter: now and then, when it is woken, and for a bounded last time at the end.

Serving threads only ever wake it. It begins with its owner and again in each process that is forked from this one. Once
it ends, an exporter that takes something is waited for; one that takes nothing is shut down, which ends its retries.
This module needs OpenTelemetry.
"""

import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress

from opentelemetry.context import attach, set_value

from cutover_telemetry._faults import Faults

CLOSING_SECONDS = 2.0
PATIENCE = 0.75
IMPATIENCE = 0.1
LAST = 0.25
SUPPRESSED = "suppress_instrumentation"


class ExportThread:
    """Runs `step` in a thread of its own.

    `give_up` shuts the exporter down; `forget` is called in a forked process before the thread begins there.
    """

    def __init__(
        self, step: Callable[[], None], give_up: Callable[[], None], *, name: str, interval: float, faults: Faults,
        forget: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._step, self._give_up, self._forget = step, give_up, forget
        self._name, self._interval, self._faults = name, interval, faults
        self._taken = 0
        self._refused = False
        self._ended = self._closed = False
        self._ended_at = 0.0
        self._begin()
        again = weakref.WeakMethod(self._begin_again)
        os.register_at_fork(after_in_child=lambda: (begin := again()) and begin())

    def told(self, taken: bool) -> None:
        """Take whether the exporter took what `step` gave it."""
        self._refused = not taken
        self._taken += taken

    def wake(self) -> None:
        """Have it step now; takes no lock that this thread could hold already."""
        if self._asleep.locked():
            with suppress(RuntimeError):
                self._asleep.release()

    def flush(self, seconds: float) -> bool:
        """Have it step, and wait so long for the end of that step."""
        with self._stepped:
            self._asked += 1
            asked = self._asked
            self.wake()
            return self._stepped.wait_for(lambda: self._answered >= asked or self._ended, seconds)

    def end(self) -> None:
        """Have it step for the last time; `close` waits for it."""
        if not self._ended:
            self._ended_at = time.monotonic()
            self._ended = True
            self.wake()

    def close(self) -> None:
        """Wait for the last step for as long as the exporter takes something, `CLOSING_SECONDS` at most."""
        if self._closed:
            return
        self._closed = True
        taken, until = -1, self._ended_at + (IMPATIENCE if self._refused else PATIENCE)
        while self._thread.is_alive() and self._taken > taken and until < self._ended_at + CLOSING_SECONDS:
            taken = self._taken
            self._thread.join(max(0.0, until - time.monotonic()))
            until = time.monotonic() + PATIENCE
        with self._faults:
            self._give_up()
        if self._thread.is_alive():
            self._thread.join(LAST)

    def _begin_again(self) -> None:
        self._forget()
        self._begin()

    def _begin(self) -> None:
        self._asleep = threading.Lock()
        self._stepped = threading.Condition()
        self._asked = self._answered = 0
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        if not self._ended:
            self._thread.start()

    def _run(self) -> None:
        attach(set_value(SUPPRESSED, True))
        while True:
            ended, asked = self._ended, self._asked
            if not ended and asked == self._answered:
                self._sleep()
                ended, asked = self._ended, self._asked
            with self._faults:
                self._step()
            with self._stepped:
                self._answered = asked
                self._stepped.notify_all()
            if ended:
                return

    def _sleep(self) -> None:
        self._asleep.acquire(blocking=False)
        if self._asked == self._answered and not self._ended:
            self._asleep.acquire(timeout=self._interval)
