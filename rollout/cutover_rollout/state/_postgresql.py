"""A state in PostgreSQL: compare-and-set on a row, the audit in the same transaction, NOTIFY and a look each second.

A connection that the server closed meanwhile is opened again once. A decision that was sent twice by that is written
once: its mark is in the audit.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import errors

from cutover_rollout.state._address import Address
from cutover_rollout.state._errors import LeaseLost, StateUnreachable, UncertainWrite, VersionConflict
from cutover_rollout.state._lease import Lease
from cutover_rollout.state._postgresql_connection import Line, was_closed
from cutover_rollout.state._postgresql_schema import OWNER, Connection, check, check_form, prepare
from cutover_rollout.state._records import Decision, Draft, Versioned, parsed, stored_decision
from cutover_rollout.state._store import PAGE, KeptState, Read, Wait

CHANNEL = "cutover_state"
Found = TypeVar("Found")


class PostgresqlState(KeptState):
    """A state in the schema `cutover` of a database, which is made by the first decision or lease.

    Args:
        address: A `postgresql://` URL; whatever libpq takes.
        name: Of the state.
    """

    def __init__(self, address: Address, *, name: str = "default") -> None:
        self._line, self._ear = Line(address), Line(address)
        self._lock, self._ear_lock = threading.Lock(), threading.Lock()
        super().__init__(address.shown, name=name)

    def history(self, *, after: int = 0, most: int = PAGE) -> tuple[Decision, ...]:
        """The decisions that followed this version, oldest first, at most so many."""
        asked = (
            "SELECT version, extract(epoch FROM at)::float8, by, why, evidence::text, document::text"
            " FROM cutover.decisions WHERE state = %s AND version > %s ORDER BY version LIMIT %s"
        )

        def step(connection: Connection) -> list[tuple[Any, ...]]:
            there = check(connection, self.where)
            return connection.execute(asked, (self.name, after, most)).fetchall() if there else []

        return tuple(map(stored_decision, self._run(step)))

    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""
        renewed = (
            "UPDATE cutover.leases SET until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE state = %s AND name = %s AND mark = %s AND until > clock_timestamp()"
        )
        return self._changed(renewed, seconds, self.name, name, mark)

    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""
        released = "UPDATE cutover.leases SET until = '-infinity' WHERE state = %s AND name = %s AND mark = %s"
        self._changed(released, self.name, name, mark)

    def close(self) -> None:
        """Close what is open; the next use opens again."""
        with self._lock:
            self._line.drop()
        with self._ear_lock:
            self._ear.drop()

    def forget(self) -> None:
        """Leave the parent's connections to it."""
        self._lock, self._ear_lock = threading.Lock(), threading.Lock()
        self._line.leave()
        self._ear.leave()

    def _fetch(self, seen: Versioned | None) -> Versioned:
        return self._run(lambda connection: self._select(connection, seen))

    def _write(self, draft: Draft, *, expected: Versioned, lease: Lease | None) -> Versioned:
        sent: list[Draft] = []

        def step(connection: Connection) -> Versioned:
            self._begin(connection)
            with connection.transaction():
                if lease is not None:
                    self._check_lease(connection, lease)
                written = self._decide(connection, draft, expected=expected)
                sent.append(draft)
            return written

        try:
            return self._run(step)
        except StateUnreachable as exc:
            if sent:
                raise UncertainWrite(self.where, exc.reason) from None
            raise

    def _take_lease(self, name: str, holder: str, *, mark: str, seconds: float) -> int | None:
        # The server's clock went back since.
        cut = (
            "UPDATE cutover.leases SET until = clock_timestamp() + lasts"
            " WHERE state = %s AND name = %s AND until > clock_timestamp() + lasts"
        )
        taken = (
            "INSERT INTO cutover.leases AS held VALUES"
            " (%s, %s, 1, %s, %s, clock_timestamp() + make_interval(secs => %s), make_interval(secs => %s))"
            " ON CONFLICT (state, name) DO UPDATE SET fence = held.fence + 1, mark = excluded.mark,"
            " holder = excluded.holder, until = excluded.until, lasts = excluded.lasts"
            " WHERE held.until <= clock_timestamp() OR held.mark = excluded.mark RETURNING fence"
        )

        def step(connection: Connection) -> tuple[Any, ...] | None:
            self._begin(connection)
            connection.execute(cut, (self.name, name))
            return connection.execute(taken, (self.name, name, mark, holder, seconds, seconds)).fetchone()

        row = self._run(step)
        return None if row is None else int(row[0])

    def _changed(self, statement: LiteralString, *values: object) -> bool:
        def step(connection: Connection) -> bool:
            return check(connection, self.where) > 0 and connection.execute(statement, values).rowcount == 1

        return self._run(step)

    def _begin(self, connection: Connection) -> None:
        """See that the schema and this state are there."""
        prepare(connection, self.where)
        begun = "INSERT INTO cutover.states VALUES (%s, %s, 0, '{}') ON CONFLICT (name) DO NOTHING"
        connection.execute(begun, (self.name, secrets.token_hex(8)))

    def _decide(self, connection: Connection, draft: Draft, *, expected: Versioned) -> Versioned:
        replaced = (
            "UPDATE cutover.states SET version = version + 1, document = %s::json"
            " WHERE name = %s AND version = %s AND (version = 0 OR origin = %s) RETURNING version, origin"
        )
        values = (draft.document, self.name, expected.version, expected.origin)
        row = connection.execute(replaced, values).fetchone()
        if row is None:
            return self._written_before(connection, draft, expected=expected)
        added = (
            "INSERT INTO cutover.decisions (state, version, by, why, evidence, document, mark)"
            " VALUES (%s, %s, %s, %s, %s::json, %s::json, %s)"
        )
        connection.execute(added, (self.name, row[0], draft.by, draft.why, draft.evidence, draft.document, draft.mark))
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, self.name))
        return Versioned(row[0], parsed(draft.document), row[1])

    def _written_before(self, connection: Connection, draft: Draft, *, expected: Versioned) -> Versioned:
        asked = "SELECT 1 FROM cutover.decisions WHERE state = %s AND version = %s AND mark = %s"
        ours = connection.execute(asked, (self.name, expected.version + 1, draft.mark)).fetchone()
        found = self._select(connection)
        if ours is None:
            raise VersionConflict(self.where, expected=expected.version, found=found.version)
        return Versioned(expected.version + 1, parsed(draft.document), found.origin)

    def _check_lease(self, connection: Connection, lease: Lease) -> None:
        asked = (
            "SELECT 1 FROM cutover.leases WHERE state = %s AND name = %s AND mark = %s AND until > clock_timestamp()"
            " FOR UPDATE"
        )
        if connection.execute(asked, (self.name, lease.name, lease.mark)).fetchone() is None:
            raise LeaseLost(self.where, lease.name, holder=lease.holder)

    def _select(self, connection: Connection, seen: Versioned | None = None) -> Versioned:
        asked = (
            "SELECT form.number, states.version, states.origin,"
            " CASE WHEN version = %s AND origin = %s THEN NULL ELSE document::text END"
            " FROM cutover.form LEFT JOIN cutover.states ON states.name = %s WHERE form.owner = %s"
        )
        seen = seen or Versioned()
        try:
            row = connection.execute(asked, (seen.version, seen.origin, self.name, OWNER)).fetchone()
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName):
            row = None
        if row is None:
            check(connection, self.where)
            return Versioned()
        check_form(row[0], self.where)
        if row[1] is None:
            return Versioned()
        return seen if row[3] is None else Versioned(row[1], parsed(row[3]), row[2])

    def _run(self, step: Callable[[Connection], Found]) -> Found:
        with self._lock:
            again = self._line.is_open
            try:
                return self._tried(step)
            except psycopg.OperationalError as exc:
                if not again or not was_closed(exc):
                    raise self._line.error(exc) from None
            except psycopg.Error as exc:
                raise self._line.error(exc) from None
            try:
                return self._tried(step)
            except psycopg.Error as exc:
                raise self._line.error(exc) from None

    def _tried(self, step: Callable[[Connection], Found]) -> Found:
        try:
            return step(self._line.connection())
        except psycopg.Error:
            self._line.drop()
            raise

    @contextmanager
    def _listening(self) -> Iterator[tuple[Read, Wait]]:
        with self._ear_lock:
            try:
                fresh = not self._ear.is_open
                connection = self._ear.connection()
                if fresh:
                    connection.execute(f"LISTEN {CHANNEL}")
                yield lambda seen: self._select(connection, seen), lambda seconds: self._heard(connection, seconds)
            except psycopg.Error as exc:
                self._ear.drop()
                raise self._ear.error(exc) from None

    def _heard(self, connection: Connection, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for notice in connection.notifies(timeout=left, stop_after=1):
                if notice.payload == self.name:
                    return
