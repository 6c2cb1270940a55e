"""One process's way into the file: its batches are stored once each, whatever fails in between.

A batch whose transaction failed is in doubt until the next one can look whether it was stored: the number of a
writer's last batch is in the same transaction. What cannot be written waits, within limits, and is written later.
"""

import json
import os
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cutover_telemetry.store._connection import open_to_write, transaction
from cutover_telemetry.store._limits import Limits
from cutover_telemetry.store._merging import Batch, SeriesNumbers, add_tallies
from cutover_telemetry.store._raw import FORM
from cutover_telemetry.store._tally import LONGEST_LABEL
from cutover_telemetry.store._upkeep import fold, progress, retain, shrink, used_bytes
from cutover_telemetry.store._window import NANOSECONDS

BUSY = 0.25
UNFIT = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError, sqlite3.IntegrityError)
"""Errors that a batch would meet again however often it is tried."""
FOLD_EVERY = 5 * NANOSECONDS
RETAIN_EVERY = 60 * NANOSECONDS


@dataclass(slots=True)
class Losses:
    """Attempts that could not be counted, and those that were counted but not kept as they were."""

    dropped: int = 0
    unkept: int = 0


class Depot:
    """Batches on their way into the file; used by one thread at a time."""

    def __init__(self, path: Path, limits: Limits, *, clock: Callable[[], int], pause: Callable[[], None]) -> None:
        self.losses = Losses()
        self._path, self._limits, self._clock, self._pause = path, limits, clock, pause
        self._id = secrets.randbits(62)
        self._connection: sqlite3.Connection | None = None
        self._numbers = SeriesNumbers()
        self._fresh = Batch()
        self._doubtful: Batch | None = None
        self._sequence = 0
        self._folded_at = self._retained_at = clock()

    @property
    def pending(self) -> bool:
        """Whether something waits to be written."""
        return self._doubtful is not None or self._fresh.holds_something

    def add(self, batch: Batch) -> None:
        """Take a batch, as far as there is room for it."""
        waiting = [each for each in (self._fresh, self._doubtful) if each is not None]
        if len(batch.tallies) + sum(len(each.tallies) for each in waiting) > 2 * self._limits.series:
            self.losses.dropped += batch.attempts
            return
        self._fresh.add(batch)
        for each in waiting:
            self.losses.unkept += each.keep_pieces(self._limits.unwritten)

    def send(self, *, dropped: int) -> None:
        """Write what waits, and let other writers know what was dropped.

        Raises what went wrong. After a trouble of the file the batch waits; one that cannot be written for what is in
        it is given up.
        """
        connection = self._connected()
        try:
            self._send(connection, dropped=dropped)
        except Exception as exc:
            self._numbers.forget()
            if isinstance(exc, sqlite3.Error) and not isinstance(exc, UNFIT):
                self._recover(connection, exc)
            else:
                self._give_up()
            raise

    def keep_up(self) -> None:
        """Fold and retain, if it is time; raises sqlite3.Error."""
        now = self._clock()
        if now - self._folded_at >= FOLD_EVERY and not fold(self._connected(), now=now, pause=self._pause):
            self._folded_at = now
        if now - self._retained_at >= RETAIN_EVERY:
            retain(self._connected(), self._limits, now=now)
            self._retained_at = now

    def close(self) -> None:
        """Close the file; the next batch opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_to_write(self._path, busy=BUSY, most_bytes=self._limits.file_bytes)
            self._numbers.forget()
        return self._connection

    def _send(self, connection: sqlite3.Connection, *, dropped: int) -> None:
        with transaction(connection):
            batch = self._to_write(connection)
            self._doubtful, self._fresh = batch, Batch()
            self._sequence += 1
            self._write(connection, batch, dropped=dropped)
        self._doubtful = None

    def _to_write(self, connection: sqlite3.Connection) -> Batch:
        row = connection.execute("SELECT sequence FROM writers WHERE id = ?", (self._id,)).fetchone()
        stored = row is not None and row[0] == self._sequence
        if self._doubtful is None or stored:
            return self._fresh
        self._doubtful.add(self._fresh)
        return self._doubtful

    def _write(self, connection: sqlite3.Connection, batch: Batch, *, dropped: int) -> None:
        present = progress(connection)
        add_tallies(
            connection, batch.tallies, self._numbers, folded=present.folded, epoch=present.epoch, pause=self._pause
        )
        connection.executemany(
            "INSERT INTO pieces (started, ended, routes, attempts, bytes, providers, form, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(*each.numbers, len(each.data), json.dumps(each.providers), FORM, each.data) for each in batch.pieces],
        )
        connection.executemany(
            "INSERT INTO breakers (at, provider, before, after) VALUES (?, ?, ?, ?)",
            [(each.at, *map(_text, (each.provider, each.before, each.after))) for each in batch.breakers],
        )
        self._sign(connection, batch, dropped=dropped)

    def _sign(self, connection: sqlite3.Connection, batch: Batch, *, dropped: int) -> None:
        now = self._clock()
        connection.execute(
            """
            INSERT INTO writers VALUES (:id, :process, :now, :now, :sequence, :attempts, :routes, :dropped, :unkept)
            ON CONFLICT (id) DO UPDATE SET seen = :now, sequence = :sequence, attempts = attempts + :attempts,
                routes = routes + :routes, dropped = :dropped, unkept = :unkept
            """,
            {
                "id": self._id,
                "process": os.getpid(),
                "now": now,
                "sequence": self._sequence,
                "attempts": batch.attempts,
                "routes": batch.routes,
                "dropped": dropped + self.losses.dropped,
                "unkept": self.losses.unkept,
            },
        )

    def _give_up(self) -> None:
        if self._doubtful is not None:
            self.losses.dropped += self._doubtful.attempts
            self._doubtful = None

    def _recover(self, connection: sqlite3.Connection, error: sqlite3.Error) -> None:
        code = getattr(error, "sqlite_errorcode", None)
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return
        if code == sqlite3.SQLITE_FULL and used_bytes(connection) > self._limits.file_bytes // 2:
            shrink(connection)
        self.close()


def _text(name: str) -> str:
    return name[:LONGEST_LABEL].encode(errors="replace").decode()
