"""Errors of telemetry itself: swallowed, counted, and told to the log once. Telemetry is a guest.

with faults:
    span.end()
"""

import logging
import threading
from types import TracebackType

logger = logging.getLogger("cutover_telemetry")


class Faults:
    """A context manager through which no Exception passes; `count` is how many were stopped."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        """Begin guarded code."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Stop an Exception; let KeyboardInterrupt, cancellation and the like pass."""
        if not isinstance(error, Exception):
            return False
        self.note(error)
        return True

    def note(self, error: Exception) -> None:
        """Count an error that was stopped elsewhere; the first one is logged."""
        with self._lock:
            self.count += 1
            first = self.count == 1
        if first:
            logger.warning("telemetry failed and goes on without; further failures are only counted", exc_info=error)
