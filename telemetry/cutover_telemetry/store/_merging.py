"""Adding a batch to what the tables have, inside the caller's transaction.

Counts are merged with the row that is there, so that any number of writers share one row a minute and series, and a
reader has nothing to put together. What comes late, for a minute that is in the coarser slices already, is added there
too. The batch's number stands in `writers`: after an error that leaves it open whether a batch was stored, it tells.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cutover_telemetry._records import BreakerRecord
from cutover_telemetry.store._levels import LEVELS, floor
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._tally import KINDS, MEASURES, OTHER, Series, Tallies, Tally

Slices = dict[tuple[int, int, int], Tally]
"""Tallies by the number of their kind, by start and by the number of their series."""
MOST_SERIES = 20_000
PRESENT = """
    SELECT counts, latency, first_chunk, overhead FROM rollups
    WHERE level = ? AND kind = ? AND start = ? AND series = ?
"""


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """A piece of routes, and what is asked of it without reading it."""

    started: int
    ended: int
    routes: int
    attempts: int
    providers: tuple[str, ...]
    data: bytes

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """When it began and ended, and how much is in it."""
        return self.started, self.ended, self.routes, self.attempts


@dataclass(slots=True)
class Batch:
    """What one transaction adds."""

    tallies: Tallies = field(default_factory=dict)
    pieces: list[StoredPiece] = field(default_factory=list)
    breakers: list[BreakerRecord] = field(default_factory=list)
    attempts: int = 0
    routes: int = 0

    @property
    def holds_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.tallies or self.pieces or self.breakers)

    def add(self, later: "Batch") -> None:
        """Add what came after."""
        for key, tally in later.tallies.items():
            there = self.tallies.get(key)
            self.tallies[key] = tally if there is None else Tally.merged((there, tally))
        self.pieces += later.pieces
        self.breakers += later.breakers
        self.attempts += later.attempts
        self.routes += later.routes

    def keep_pieces(self, most: int) -> int:
        """Let go the oldest pieces beyond so many attempts; how many attempts went."""
        gone = 0
        held = sum(piece.attempts for piece in self.pieces)
        while held - gone > most:
            gone += self.pieces.pop(0).attempts
        return gone


class SeriesNumbers:
    """The numbers of series; to be forgotten when a transaction fails or `epoch` says that numbers were given up."""

    def __init__(self) -> None:
        self._numbers: dict[Series, int] = {}
        self._epoch = -1

    def forget(self) -> None:
        """Ask again from now on."""
        self._numbers.clear()

    def of(self, connection: sqlite3.Connection, wanted: Iterable[Series], *, epoch: int) -> Mapping[Series, int]:
        """The numbers of these series; new ones are made, as `(other)` where there are too many."""
        if epoch != self._epoch:
            self._numbers.clear()
            self._epoch = epoch
        missing = {series for series in wanted if series not in self._numbers}
        if missing:
            room = MOST_SERIES - connection.execute("SELECT count(*) FROM series").fetchone()[0]
            for made, series in enumerate(missing):
                found = self._found(connection, series)
                self._numbers[series] = found or self._made(connection, series, room=room - made)
        return self._numbers

    def _found(self, connection: sqlite3.Connection, series: Series) -> int | None:
        named = (series.kind, json.dumps(series[1:]))
        row = connection.execute("SELECT id FROM series WHERE kind = ? AND labels = ?", named).fetchone()
        return None if row is None else int(row[0])

    def _made(self, connection: sqlite3.Connection, series: Series, *, room: int) -> int:
        if room <= 0:
            other = Series(series.kind, OTHER, OTHER, OTHER)
            found = self._found(connection, other)
            if found is not None:
                return found
            series = other
        named = (series.kind, json.dumps(series[1:]))
        return int(connection.execute("INSERT INTO series (kind, labels) VALUES (?, ?)", named).lastrowid or 0)


def add_tallies(
    connection: sqlite3.Connection,
    tallies: Tallies,
    numbers: SeriesNumbers,
    *,
    folded: int,
    epoch: int,
    pause: Callable[[], None],
) -> None:
    """Add tallies by minute; those before `folded` to the coarser slices too."""
    ids = numbers.of(connection, {series for _, series in tallies}, epoch=epoch)
    by_number: Slices = {}
    for (minute, series), tally in tallies.items():
        key = (KINDS.index(series.kind), minute, ids[series])
        there = by_number.get(key)
        by_number[key] = tally if there is None else Tally.merged((there, tally))
    merge_level(connection, 0, by_number, pause=pause)
    late = {key: tally for key, tally in by_number.items() if key[1] < folded}
    if late:
        fold_up(connection, late, pause=pause)


def fold_up(connection: sqlite3.Connection, minutes: Slices, *, pause: Callable[[], None]) -> None:
    """Add tallies by minute to all coarser slices."""
    finer = minutes
    for level in LEVELS[1:]:
        grouped: dict[tuple[int, int, int], list[Tally]] = defaultdict(list)
        for (kind, start, series), tally in finer.items():
            grouped[kind, floor(start, level), series].append(tally)
        finer = {key: Tally.merged(tallies) for key, tallies in grouped.items()}
        merge_level(connection, level.number, finer, pause=pause)


def merge_level(connection: sqlite3.Connection, level: int, tallies: Slices, *, pause: Callable[[], None]) -> None:
    """Add tallies to the rows of one level."""
    for slice_of, tally in tallies.items():
        pause()
        key = (level, *slice_of)
        row = connection.execute(PRESENT, key).fetchone()
        merged = tally if row is None else Tally.merged((read_tally(row), tally))
        connection.execute("INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*key, *_row(merged)))


def read_tally(row: tuple[str, bytes | None, bytes | None, bytes | None]) -> Tally:
    """The tally that a row holds."""
    counts, *forms = row
    tally = Tally()
    tally.counts.update(json.loads(counts))
    tally.sketches = {
        measure: Sketch.from_bytes(form) for measure, form in zip(MEASURES, forms, strict=True) if form is not None
    }
    return tally


def _row(tally: Tally) -> tuple[str, *tuple[bytes | None, ...]]:
    forms = (tally.sketches[measure].to_bytes() if measure in tally.sketches else None for measure in MEASURES)
    return (json.dumps(tally.counts, separators=(",", ":")), *forms)
