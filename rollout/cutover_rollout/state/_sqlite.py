"""A state in one SQLite file: any number of processes on one host, nothing to set up.

Each step opens the file, is one transaction and closes it, so that a fork, a killed process or a file put in the place
of another leaves nothing behind. Waiting costs two looks at the file's times, twenty times a second.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from cutover_rollout.state import _forks
from cutover_rollout.state._errors import ForeignState, LeaseLost, StateRefused, StateUnreachable, VersionConflict
from cutover_rollout.state._lease import Lease, steady
from cutover_rollout.state._records import Decision, Draft, Versioned, parsed, stored_decision
from cutover_rollout.state._sqlite_schema import check, prepare
from cutover_rollout.state._store import PAGE, KeptState, Read, Wait

BUSY = 5.0  # seconds
LOOK = 0.05  # seconds
RETRY = 0.02  # seconds
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class SqliteState(KeptState):
    """A state in this file, which is made by the first decision or lease.

    Args:
        path: The file; several states share it under their names.
        name: Of the state.
    """

    def __init__(self, path: str | os.PathLike[str], *, name: str = "default") -> None:
        self.path = Path(os.path.abspath(path))
        super().__init__(f"sqlite:///{self.path}", name=name)

    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""
        asked = (
            "SELECT version, at, by, why, evidence, document FROM decisions"
            " WHERE state = ? AND version > ? ORDER BY version LIMIT ?"
        )
        with self._reading() as connection:
            rows = [] if connection is None else connection.execute(asked, (self.name, after, most)).fetchall()
        return tuple(map(stored_decision, rows))

    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""
        now = steady()
        renewed = "UPDATE leases SET until = ? WHERE state = ? AND name = ? AND mark = ? AND until > ?"
        with self._writing() as connection:
            return connection.execute(renewed, (now + seconds, self.name, name, mark, now)).rowcount == 1

    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""
        with self._writing() as connection:
            released = "UPDATE leases SET until = 0 WHERE state = ? AND name = ? AND mark = ?"
            connection.execute(released, (self.name, name, mark))

    def _fetch(self, seen: Versioned | None) -> Versioned:
        with self._reading() as connection:
            return Versioned() if connection is None else self._row(connection, seen)

    def _write(self, draft: Draft, *, expected: Versioned, lease: Lease | None) -> Versioned:
        with self._writing() as connection:
            if lease is not None:
                self._check_lease(connection, lease)
            current = self._row(connection)
            if current.version != expected.version or (expected.version and current.origin != expected.origin):
                raise VersionConflict(self.where, expected=expected.version, found=current.version)
            version = current.version + 1
            replaced = "UPDATE states SET version = ?, document = ? WHERE name = ?"
            connection.execute(replaced, (version, draft.document, self.name))
            row = (self.name, version, time.time(), draft.by, draft.why, draft.evidence, draft.document)
            connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return Versioned(version, parsed(draft.document), current.origin)

    def _take_lease(self, name: str, holder: str, *, mark: str, seconds: float) -> int | None:
        now = steady()
        # The clock began anew since: the machine was started again.
        cut = "UPDATE leases SET until = ? + seconds WHERE state = ? AND name = ? AND until > ? + seconds"
        taken = (
            "INSERT INTO leases VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT (state, name) DO UPDATE SET fence = fence + 1,"
            " mark = excluded.mark, holder = excluded.holder, until = excluded.until, seconds = excluded.seconds"
            " WHERE until <= ? RETURNING fence"
        )
        with self._writing() as connection:
            connection.execute(cut, (now, self.name, name, now))
            row = connection.execute(taken, (self.name, name, mark, holder, now + seconds, seconds, now)).fetchone()
        return None if row is None else int(row[0])

    def _check_lease(self, connection: sqlite3.Connection, lease: Lease) -> None:
        asked = "SELECT 1 FROM leases WHERE state = ? AND name = ? AND mark = ? AND until > ?"
        if connection.execute(asked, (self.name, lease.name, lease.mark, steady())).fetchone() is None:
            raise LeaseLost(self.where, lease.name, holder=lease.holder)

    def _row(self, connection: sqlite3.Connection, seen: Versioned | None = None) -> Versioned:
        asked = "SELECT version, origin, iif(version = ? AND origin = ?, NULL, document) FROM states WHERE name = ?"
        seen = seen or Versioned()
        row = connection.execute(asked, (seen.version, seen.origin, self.name)).fetchone()
        if row is None:
            return Versioned()
        return seen if row[2] is None else Versioned(row[0], parsed(row[2]), row[1])

    @contextmanager
    def _listening(self) -> Iterator[tuple[Read, Wait]]:
        seen = [self._fingerprint()]

        def read(after: Versioned | None) -> Versioned:
            seen[0] = self._fingerprint()
            return self._fetch(after)

        def wait(seconds: float) -> None:
            deadline = time.monotonic() + seconds
            while self._fingerprint() == seen[0] and time.monotonic() < deadline:
                time.sleep(LOOK)

        yield read, wait

    def _fingerprint(self) -> tuple[object, ...]:
        return _times(str(self.path)), _times(f"{self.path}-wal")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """The file in whatever form that is known, or None where there is nothing yet."""
        with self._refusals(), _forks.undisturbed():
            if not self.path.exists():
                yield None
                return
            connection = self._open("ro")
            try:
                yield connection if check(connection, self.where) else None
            finally:
                connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction in a file that has the present form and this state."""
        with self._refusals(), _forks.undisturbed():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._prepared()
            try:
                connection.execute("BEGIN IMMEDIATE")
                begun = "INSERT OR IGNORE INTO states VALUES (?, ?, 0, '{}')"
                connection.execute(begun, (self.name, secrets.token_hex(8)))
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()

    def _prepared(self) -> sqlite3.Connection:
        # Turning to WAL does not wait for a lock, so that whoever comes second is told "locked" at once.
        deadline = time.monotonic() + BUSY
        while True:
            connection = self._open("rwc")
            try:
                prepare(connection, self.where)
            except BaseException as exc:
                connection.close()
                if not _is_locked(exc) or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY)
            else:
                return connection

    def _open(self, mode: str) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path))}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            if _is_locked(exc):
                reason = f"another process has had it locked for {BUSY:g} seconds"
                raise StateUnreachable(self.where, reason) from exc
            if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                raise ForeignState(self.where, "no SQLite database") from exc
            raise StateRefused(self.where, str(exc)) from exc
        except OSError as exc:
            raise StateRefused(self.where, exc.strerror or type(exc).__name__) from exc


def _is_locked(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(code, int) and code & 0xFF in _LOCKED


def _times(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
