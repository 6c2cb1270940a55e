"""The tables, and how a file comes to have them.

`PRAGMA application_id` says that a file is ours, `PRAGMA user_version` which form it has. Each entry of `MIGRATIONS`
brings a file from one form to the next; a release only ever appends to it.

series      what is counted together: a kind and its labels (provider, arm, site, …) as a JSON array
rollups     the counts (JSON) and sketches of one series in one slice of time; `start` is in minutes since the epoch,
            `kind` is the place of the series' kind in `KINDS`
pieces      the latest routes and lone attempts, many in a piece
breakers    changes of circuits
writers     the processes that wrote: `sequence` is their last batch, `dropped` what they could not keep
progress    up to which minute the minutes are also in the coarser slices; since when each level is complete
"""

import sqlite3
from pathlib import Path

from cutover_telemetry.store._errors import ForeignFile, NewerStore

APPLICATION_ID = 0x43545354
MIGRATIONS = (
    """
    CREATE TABLE series (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (kind, labels)
    );
    CREATE TABLE rollups (
        level INTEGER NOT NULL, kind INTEGER NOT NULL, start INTEGER NOT NULL, series INTEGER NOT NULL,
        counts TEXT NOT NULL, latency BLOB, first_chunk BLOB, overhead BLOB,
        PRIMARY KEY (level, kind, start, series)
    ) WITHOUT ROWID;
    CREATE TABLE pieces (
        id INTEGER PRIMARY KEY AUTOINCREMENT, started INTEGER NOT NULL, ended INTEGER NOT NULL,
        routes INTEGER NOT NULL, attempts INTEGER NOT NULL, bytes INTEGER NOT NULL, providers TEXT NOT NULL,
        form INTEGER NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX pieces_ended ON pieces (ended);
    CREATE TABLE breakers (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, provider TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
    );
    CREATE INDEX breakers_at ON breakers (at);
    CREATE TABLE writers (
        id INTEGER PRIMARY KEY, process INTEGER NOT NULL, began INTEGER NOT NULL, seen INTEGER NOT NULL,
        sequence INTEGER NOT NULL, attempts INTEGER NOT NULL, routes INTEGER NOT NULL,
        dropped INTEGER NOT NULL, unkept INTEGER NOT NULL
    );
    CREATE TABLE progress (
        one INTEGER PRIMARY KEY CHECK (one = 1), folded INTEGER NOT NULL, epoch INTEGER NOT NULL, kept TEXT NOT NULL
    );
    INSERT INTO progress VALUES (1, 0, 0, '[0, 0, 0, 0]');
    """,
)
VERSION = len(MIGRATIONS)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Bring an open file to the present form, whoever else does so at the same time."""
    if check(connection, path) == VERSION:
        return
    if _number(connection, "user_version") == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in "".join(MIGRATIONS[check(connection, path) :]).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def check(connection: sqlite3.Connection, path: Path) -> int:
    """The form that a file has, 0 if it is empty; raises ForeignFile and NewerStore."""
    try:
        owner, version, tables = _seen_at_once(connection)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as exc:
        raise ForeignFile(path, reason=str(exc)) from exc
    if owner != APPLICATION_ID and (tables or owner or version):
        raise ForeignFile(path, reason=f"it is a database with {_named(tables)}")
    if version > VERSION:
        raise NewerStore(path, found=version, known=VERSION)
    return version


def _seen_at_once(connection: sqlite3.Connection) -> tuple[int, int, list[str]]:
    # Outside of a transaction each question sees a file of its own moment: another's mark, and then our tables.
    if connection.in_transaction:
        return _seen(connection)
    connection.execute("BEGIN")
    try:
        return _seen(connection)
    finally:
        connection.rollback()


def _seen(connection: sqlite3.Connection) -> tuple[int, int, list[str]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return _number(connection, "application_id"), _number(connection, "user_version"), tables


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _named(tables: list[str]) -> str:
    shown = ", ".join(sorted(tables)[:3])
    return f"tables {shown}" if shown else "another owner's mark"
