"""What keeps the file small and quick: minutes are added to coarser slices, and what is old or too much goes.

Any writer may do it at any time; each step is one transaction, so that it happens once.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cutover_telemetry.store._connection import PAGE, transaction
from cutover_telemetry.store._levels import LEVELS, floor
from cutover_telemetry.store._limits import Limits
from cutover_telemetry.store._merging import fold_up, read_tally
from cutover_telemetry.store._tally import KINDS
from cutover_telemetry.store._window import MINUTE, NANOSECONDS

GRACE = 1
"""Whole minutes that a minute is left alone after its end."""
FOLDED_AT_ONCE = 10
FULL = 0.9
MOST_STEPS = 8
MOST_BREAKERS = 10_000
MANY_SERIES = 10_000
VACUUMED_AT_ONCE = 4_000
FORGOTTEN_WRITERS = 30 * 24 * 3600 * NANOSECONDS


@dataclass(frozen=True, slots=True)
class Progress:
    """Up to which minute the minutes are folded, since when each level is complete, and whose numbers are valid."""

    folded: int
    epoch: int
    kept: tuple[int, ...]


def progress(connection: sqlite3.Connection) -> Progress:
    """How far the file is."""
    folded, epoch, kept = connection.execute("SELECT folded, epoch, kept FROM progress").fetchone()
    return Progress(folded, epoch, tuple(json.loads(kept)))


def fold(connection: sqlite3.Connection, *, now: int, pause: Callable[[], None]) -> bool:
    """Fold some of the minutes that are over; whether there are more."""
    until = now // MINUTE - GRACE
    if progress(connection).folded >= until:
        return False
    with transaction(connection):
        folded = progress(connection).folded
        first = min(_first(connection, kind, folded, until) for kind in range(len(KINDS)))
        stop = min(until, first + FOLDED_AT_ONCE)
        rows = connection.execute(
            "SELECT kind, start, series, counts, latency, first_chunk, overhead FROM rollups"
            " WHERE level = 0 AND kind IN (0, 1, 2, 3) AND start >= ? AND start < ?",
            (folded, stop),
        ).fetchall()
        fold_up(
            connection,
            {(kind, start, series): read_tally(tuple(row)) for kind, start, series, *row in rows},
            pause=pause,
        )
        if stop > folded:
            connection.execute("UPDATE progress SET folded = ?", (stop,))
    return stop < until


def retain(connection: sqlite3.Connection, limits: Limits, *, now: int) -> None:
    """Let go what is too old or too much."""
    with transaction(connection):
        _forget_slices(connection, now // MINUTE)
        _forget_pieces(connection, limits, now)
        connection.execute(
            "DELETE FROM breakers WHERE id <= (SELECT max(id) FROM breakers) - ? OR at < ?",
            (MOST_BREAKERS, now - LEVELS[2].kept * MINUTE),
        )
        _forget_writers(connection, now - FORGOTTEN_WRITERS)
        _forget_series(connection)
    for _ in range(MOST_STEPS):
        if used_bytes(connection) <= limits.file_bytes * FULL or not shrink(connection):
            break
    connection.execute(f"PRAGMA incremental_vacuum({VACUUMED_AT_ONCE})").fetchall()


def shrink(connection: sqlite3.Connection) -> bool:
    """Let go the older half of what can best be missed; False if nothing is left that could go."""
    with transaction(connection):
        if _halve_pieces(connection):
            return True
        kept = list(progress(connection).kept)
        for level in LEVELS[:-1]:
            oldest, newest = connection.execute(
                "SELECT min(start), max(start) FROM rollups WHERE level = ? AND kind IN (0, 1, 2, 3)", (level.number,)
            ).fetchone()
            middle = 0 if oldest is None else floor((oldest + newest) // 2, LEVELS[level.number + 1])
            if middle > kept[level.number] and middle <= progress(connection).folded:
                _keep_from(connection, level.number, middle)
                return True
    return False


def used_bytes(connection: sqlite3.Connection) -> int:
    """Bytes of the file that are in use."""
    pages, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    return int(pages - free) * PAGE


def _first(connection: sqlite3.Connection, kind: int, start: int, stop: int) -> int:
    row = connection.execute(
        "SELECT min(start) FROM rollups WHERE level = 0 AND kind = ? AND start >= ? AND start < ?", (kind, start, stop)
    ).fetchone()
    return stop if row[0] is None else int(row[0])


def _forget_slices(connection: sqlite3.Connection, minute: int) -> None:
    present = progress(connection)
    for level in LEVELS:
        coarser = LEVELS[min(level.number + 1, len(LEVELS) - 1)]
        since = min(floor(minute - level.kept, coarser), floor(present.folded, coarser))
        if since > present.kept[level.number]:
            _keep_from(connection, level.number, since)


def _keep_from(connection: sqlite3.Connection, level: int, since: int) -> None:
    kept = list(progress(connection).kept)
    kept[level] = since
    connection.execute("DELETE FROM rollups WHERE level = ? AND kind IN (0, 1, 2, 3) AND start < ?", (level, since))
    connection.execute("UPDATE progress SET kept = ?", (json.dumps(kept),))


def _forget_pieces(connection: sqlite3.Connection, limits: Limits, now: int) -> None:
    connection.execute("DELETE FROM pieces WHERE ended < ?", (now - limits.piece_seconds * NANOSECONDS,))
    connection.execute(
        """
        DELETE FROM pieces WHERE id <= (
            SELECT max(id) FROM (
                SELECT id, sum(attempts) OVER newer AS attempts, sum(bytes) OVER newer AS bytes
                FROM pieces WINDOW newer AS (ORDER BY id DESC)
            ) WHERE attempts > ? OR bytes > ?
        )
        """,
        (limits.piece_attempts, limits.piece_bytes),
    )


def _halve_pieces(connection: sqlite3.Connection) -> bool:
    oldest, newest = connection.execute("SELECT min(id), max(id) FROM pieces").fetchone()
    if oldest is None:
        return False
    connection.execute("DELETE FROM pieces WHERE id <= ?", ((oldest + newest) // 2,))
    return True


def _forget_writers(connection: sqlite3.Connection, before: int) -> None:
    connection.execute(
        """
        INSERT INTO writers
        SELECT 0, 0, min(began), max(seen), 0, sum(attempts), sum(routes), sum(dropped), sum(unkept)
        FROM writers WHERE seen < ? AND id <> 0 HAVING count(*) > 0
        ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, attempts = attempts + excluded.attempts,
            routes = routes + excluded.routes, dropped = dropped + excluded.dropped, unkept = unkept + excluded.unkept
        """,
        (before,),
    )
    connection.execute("DELETE FROM writers WHERE seen < ? AND id <> 0", (before,))


def _forget_series(connection: sqlite3.Connection) -> None:
    many = connection.execute("SELECT count(*) FROM series").fetchone()[0]
    unused = "DELETE FROM series WHERE id NOT IN (SELECT DISTINCT series FROM rollups)"
    if many > MANY_SERIES and connection.execute(unused).rowcount:
        connection.execute("UPDATE progress SET epoch = epoch + 1")
