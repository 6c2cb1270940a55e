"""Tallies of a window out of the file: the slices that make it up, with the series that are asked for."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from cutover_telemetry.store._levels import LEVELS, POINTS, Extent, Level, Run, beginning, cover, floor, steps
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._tally import KINDS, MEASURES, Series, Tally
from cutover_telemetry.store._upkeep import progress
from cutover_telemetry.store._window import MINUTE, Window

FIRST = "SELECT min(start) FROM rollups WHERE level = ? AND kind = ?"
LAST = "SELECT max(start) FROM rollups WHERE level = ? AND kind = ?"
SLICES = """
    SELECT start, series, counts, latency, first_chunk, overhead FROM rollups
    WHERE level = ? AND kind = ? AND start >= ? AND start < ? AND series IN (SELECT value FROM json_each(?))
"""
Keep = Callable[[Series], bool]
Row = tuple[int, int, str, *tuple[bytes | None, ...]]
"""Start, number of the series, counts, and the sketches in the order of MEASURES."""


@dataclass(slots=True)
class Totals:
    """What was found: a tally by series, and the window that it is of."""

    window: Window
    by_series: dict[Series, Tally] = field(default_factory=dict)

    def of(self, kind: str) -> dict[Series, Tally]:
        """The tallies of one kind."""
        return {series: tally for series, tally in self.by_series.items() if series.kind == kind}


@dataclass(slots=True)
class Curve:
    """Tallies by the start of each slice of `step` nanoseconds, and by series."""

    window: Window
    step: int
    by_start: dict[int, dict[Series, Tally]] = field(default_factory=dict)


@dataclass(slots=True)
class Rows:
    """Rows by the start of the slice of `step` nanoseconds that they are in, and what the series' numbers mean."""

    window: Window
    step: int
    series: dict[int, Series]
    by_start: dict[int, list[Row]]


def totals(
    connection: sqlite3.Connection, window: Window, keep: Keep, *, measures: Collection[str] = MEASURES
) -> Totals:
    """The tally of each series over a window."""
    found = cover(window, extent(connection))
    series = _series(connection, keep)
    gathered: dict[int, _Gathered] = defaultdict(_Gathered)
    for _, number, counts, *forms in _rows(connection, found.runs, series):
        gathered[number].add(counts, forms)
    return Totals(found.window, {series[number]: each.tally(measures) for number, each in gathered.items()})


def curve(connection: sqlite3.Connection, window: Window, keep: Keep, *, measures: Collection[str] = MEASURES) -> Curve:
    """The tally of each series in each slice of a window."""
    found = rows_of_slices(connection, window, keep, points=POINTS)
    made = Curve(found.window, found.step)
    for start, rows in found.by_start.items():
        made.by_start[start] = {found.series[number]: tally for number, tally in tallies(rows, measures).items()}
    return made


def rows_of_slices(connection: sqlite3.Connection, window: Window, keep: Keep, *, points: int) -> Rows:
    """The rows of at most so many slices of a window, as they are stored."""
    found, level = steps(window, extent(connection), points=points)
    series = _series(connection, keep)
    by_start: dict[int, list[Row]] = defaultdict(list)
    for row in _rows(connection, found.runs, series):
        by_start[floor(row[0], level) * MINUTE].append(row)
    return Rows(found.window, level.minutes * MINUTE, series, dict(sorted(by_start.items())))


def tallies(rows: Iterable[Row], measures: Collection[str] = MEASURES) -> dict[int, Tally]:
    """The tally of each series, by its number."""
    gathered: dict[int, _Gathered] = defaultdict(_Gathered)
    for _, number, counts, *forms in rows:
        gathered[number].add(counts, forms)
    return {number: each.tally(measures) for number, each in sorted(gathered.items())}


def minutes(
    connection: sqlite3.Connection, window: Window, keep: Keep, *, measures: Collection[str] = MEASURES
) -> Iterator[tuple[int, Series, Tally]]:
    """The tallies of single minutes (in minutes since the epoch), as far back as minutes are kept."""
    series = _series(connection, keep)
    asked = Run(0, window.start // MINUTE, -(-window.end // MINUTE))
    for start, number, counts, *forms in _rows(connection, (asked,), series):
        one = _Gathered()
        one.add(counts, forms)
        yield start, series[number], one.tally(measures)


def extent(connection: sqlite3.Connection) -> Extent:
    """What the file has."""
    present = progress(connection)
    firsts, lasts = ([_ends(connection, statement, level) for level in LEVELS] for statement in (FIRST, LAST))
    first = min((start for starts in firsts for start in starts), default=0)
    last = next((max(starts) + level.minutes - 1 for starts, level in zip(lasts, LEVELS, strict=True) if starts), 0)
    begins = beginning([min(starts, default=None) for starts in firsts])
    return Extent(first, last, present.folded, present.kept, begins)


def _ends(connection: sqlite3.Connection, statement: str, level: Level) -> list[int]:
    found = (connection.execute(statement, (level.number, kind)).fetchone()[0] for kind in range(len(KINDS)))
    return [start for start in found if start is not None]


class _Gathered:
    """Rows of one series, put together at the end."""

    __slots__ = ("counts", "forms")

    def __init__(self) -> None:
        self.counts: list[str] = []
        self.forms: list[list[bytes | None]] = []

    def add(self, counts: str, forms: list[bytes | None]) -> None:
        self.counts.append(counts)
        self.forms.append(forms)

    def tally(self, measures: Collection[str]) -> Tally:
        made = Tally()
        total = made.counts
        for counts in json.loads(f"[{','.join(self.counts)}]"):
            for name, count in counts.items():
                total[name] += count
        for measure, forms in zip(MEASURES, zip(*self.forms, strict=True), strict=True):
            if measure in measures and any(forms):
                made.sketches[measure] = Sketch.merged(Sketch.from_bytes(form) for form in forms if form is not None)
        return made


def _series(connection: sqlite3.Connection, keep: Keep) -> dict[int, Series]:
    every = (
        (number, Series(kind, *json.loads(labels)))
        for number, kind, labels in connection.execute("SELECT id, kind, labels FROM series")
    )
    return {number: series for number, series in every if keep(series)}


def _rows(connection: sqlite3.Connection, runs: Iterable[Run], series: dict[int, Series]) -> Iterator[Row]:
    for number, kind in enumerate(KINDS):
        own = [each for each, named in series.items() if named.kind == kind]
        if own:
            asked = json.dumps(own)
            for run in runs:
                yield from connection.execute(SLICES, (run.level, number, run.start, run.stop, asked))
