"""The metrics of all workers together, from the store that they write: what is new in it is counted here.

The counters begin at zero with this process, as those of a restarted server do; only the state of circuits is taken
over. A store that is not there yet, or is busy, is read later. What was removed before it was read is missed.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Error

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource

from cutover_telemetry._records import NANOSECONDS, BreakerRecord
from cutover_telemetry.metrics import OwnMetrics
from cutover_telemetry.names import Dialect
from cutover_telemetry.store._connection import reading
from cutover_telemetry.store._errors import NoStore, StoreError
from cutover_telemetry.store._raw import Piece

PIECES_AT_ONCE = 50
PIECES = "SELECT id, data FROM pieces WHERE id > ? ORDER BY id LIMIT ?"
LAST_PIECE = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'pieces'"
BREAKERS = "SELECT provider, before, after, at FROM breakers WHERE id > ? ORDER BY id"
LAST_BREAKER = "SELECT coalesce(max(id), 0) FROM breakers"
STATES = "SELECT provider, before, after, at FROM breakers GROUP BY provider HAVING id = max(id)"


@dataclass(frozen=True, slots=True)
class _Place:
    """Up to where a store was read."""

    piece: int = 0
    breaker: int = 0

    @classmethod
    def of(cls, connection: Connection) -> "_Place":
        """Where it ends now."""
        return cls(*(int(connection.execute(last).fetchone()[0]) for last in (LAST_PIECE, LAST_BREAKER)))

    def within(self, end: "_Place") -> "_Place":
        """This place, or the start of a file that somebody has put there anew."""
        return _Place() if self.piece > end.piece else _Place(self.piece, min(self.breaker, end.breaker))


class StoreTail:
    """Reads a store as it grows; `collected` gives what was counted since the tail began.

    Attributes:
        missed: Pieces of the store that were gone before they were read.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.missed = 0
        self._path = path
        self._overhead = 0
        self._metrics = OwnMetrics(Resource.get_empty(), dialect, overhead=lambda: (self._overhead / NANOSECONDS, 0))
        self._lock = threading.RLock()
        self._place: _Place | None = None
        self.read()

    def collected(self) -> MetricsData:
        """Read what is new, and give all metrics."""
        self.read()
        return self._metrics.collect()

    def read(self) -> None:
        """Count what was stored since the last time; a store that cannot be read now is read the next time."""
        with self._lock:
            try:
                while self._read_some():
                    pass
            except NoStore:
                self._place = _Place()
            except (StoreError, Error):
                return

    def _read_some(self) -> bool:
        with reading(self._path) as connection:
            end = _Place.of(connection)
            begins, place = self._place is None, (self._place or end).within(end)
            changes = list(connection.execute(STATES) if begins else connection.execute(BREAKERS, (place.breaker,)))
            found = list(connection.execute(PIECES, (place.piece, PIECES_AT_ONCE)))
        for change in changes:
            self._metrics.breaker(BreakerRecord(*change))
        self._place = _Place(place.piece, end.breaker)
        for number, data in found:
            self.missed += number - self._place.piece - 1
            self._place = _Place(number, end.breaker)
            self._take(Piece(data))
        return len(found) == PIECES_AT_ONCE

    def _take(self, piece: Piece) -> None:
        for route in map(piece.route, range(len(piece))):
            self._overhead += route.overhead
            self._metrics.route(route)
        for attempt in piece.attempts():
            self._metrics.attempt(attempt)
