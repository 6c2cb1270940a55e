"""The tables of a SQLite state, and how a file comes to have them.

`PRAGMA application_id` says that a file is ours, `PRAGMA user_version` which form it has. Each entry of `MIGRATIONS`
brings a file from one form to the next; a release only ever appends to it. Reading takes every form that is known as it
is; the first decision or lease of a new release brings it on. Triggers keep the audit from being edited.
"""

import sqlite3

from cutover_rollout.state._errors import ForeignState, NewerState

APPLICATION_ID = 0x43545352
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE states (name TEXT PRIMARY KEY, origin TEXT NOT NULL, version INTEGER NOT NULL,"
        " document TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE decisions (state TEXT NOT NULL REFERENCES states (name), version INTEGER NOT NULL,"
        " at REAL NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL, evidence TEXT NOT NULL, document TEXT NOT NULL,"
        " PRIMARY KEY (state, version)) WITHOUT ROWID",
        "CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions"
        " BEGIN SELECT RAISE(ABORT, 'decisions are never edited'); END",
        "CREATE TRIGGER decisions_remain BEFORE DELETE ON decisions"
        " BEGIN SELECT RAISE(ABORT, 'decisions are never removed'); END",
        "CREATE TABLE leases (state TEXT NOT NULL, name TEXT NOT NULL, fence INTEGER NOT NULL, mark TEXT NOT NULL,"
        " holder TEXT NOT NULL, until REAL NOT NULL, seconds REAL NOT NULL, PRIMARY KEY (state, name)) WITHOUT ROWID",
    ),
)


def prepare(connection: sqlite3.Connection, where: str) -> None:
    """Bring a file to the present form, whoever else does so at the same time."""
    if check(connection, where) == len(MIGRATIONS):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[check(connection, where) :]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def check(connection: sqlite3.Connection, where: str) -> int:
    """The form that a file has, 0 if it is empty; raises ForeignState and NewerState."""
    owner, version, tables = _seen_at_once(connection)
    if owner != APPLICATION_ID and (tables or owner or version):
        named = ", ".join(sorted(tables)[:3])
        raise ForeignState(where, f"a database with tables {named}" if named else "a database with another's mark")
    if version > len(MIGRATIONS):
        raise NewerState(where, found=version, known=len(MIGRATIONS))
    return version


def _seen_at_once(connection: sqlite3.Connection) -> tuple[int, int, list[str]]:
    # Outside of a transaction each question sees a file of its own moment: another's marks, and then our tables.
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
