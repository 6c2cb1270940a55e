"""How long a provider usually takes: the window of latest answers that a hedge waits by."""

import threading
from collections import deque

from cutover_registry.failover._policy import Hedge

_KEPT = 200
_SHARE = 0.95


class Latencies:
    """The seconds of the latest answers, by provider."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: dict[str, deque[float]] = {}

    def note(self, name: str, seconds: float) -> None:
        """Take one answer's seconds."""
        with self._lock:
            self._seconds.setdefault(name, deque(maxlen=_KEPT)).append(seconds)

    def wait_of(self, name: str, hedge: Hedge) -> float | None:
        """Give the seconds after which a second attempt is made beside one at this provider; None: not at all."""
        if hedge.after != "p95":
            return hedge.after
        with self._lock:
            seen = sorted(self._seconds.get(name, ()))
        return seen[int(_SHARE * (len(seen) - 1))] if len(seen) >= max(1, hedge.samples) else None
