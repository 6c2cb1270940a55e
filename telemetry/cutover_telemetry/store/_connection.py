"""Connections to the file: a writer's, that makes the file if need be, and a reader's, that never changes it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from cutover_telemetry.store._errors import BusyStore, NoStore, UnusableStore
from cutover_telemetry.store._schema import check, prepare

PAGE = 4096
MAPPED = 256 * 1024 * 1024
WAL_LEFT = 16 * 1024 * 1024
OPENING = 5.0
RETRY = 0.02


def open_to_write(path: Path, *, busy: float, most_bytes: int) -> sqlite3.Connection:
    """Open, and make or migrate if need be; waits `busy` seconds for a lock. Raises ForeignFile, NewerStore."""
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        prepare(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LEFT}")
        connection.execute(f"PRAGMA max_page_count = {most_bytes // PAGE}")
    except BaseException:
        connection.close()
        raise
    return connection


def make(path: Path, *, most_bytes: int) -> None:
    """Make the file if it is not there, and refuse one that is not ours; raises BusyStore."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + OPENING
    while True:
        try:
            open_to_write(path, busy=OPENING, most_bytes=most_bytes).close()
        except sqlite3.OperationalError as exc:
            if not is_busy(exc):
                raise UnusableStore(path, reason=str(exc)) from exc
            if time.monotonic() > deadline:
                raise BusyStore(path, seconds=OPENING) from exc
            time.sleep(RETRY)
        else:
            return


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One consistent view of the file; raises NoStore and what `StoreError` is besides."""
    if not path.exists():
        raise NoStore(path)
    connection = None
    try:
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=OPENING, isolation_level=None)
        if check(connection, path) == 0:
            raise NoStore(path)
        connection.execute(f"PRAGMA mmap_size = {MAPPED}")
        connection.execute("BEGIN")
        yield connection
    except sqlite3.DatabaseError as exc:
        if is_busy(exc):
            raise BusyStore(path, seconds=OPENING) from exc
        raise UnusableStore(path, reason=str(exc)) from exc
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def is_busy(error: sqlite3.Error) -> bool:
    """Whether an error says that somebody else has the file."""
    return getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or "locked" in str(
        error
    )
