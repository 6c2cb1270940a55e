"""A connection to PostgreSQL that never waits long, and what its failures mean.

libpq waits for an answer as long as TCP does, which on a cut network is a quarter of an hour; here every wait ends
after `PATIENCE`. A connection on which something failed is not used again.
"""

from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, errors
from psycopg.abc import PQGen

from cutover_rollout.state._address import Address
from cutover_rollout.state._errors import InvalidStateUrl, StateError, StateRefused, StateUnreachable
from cutover_rollout.state._lookup import is_slow

PATIENCE = 2.0  # seconds
Found = TypeVar("Found")
GIVEN = {"connect_timeout": 2, "fallback_application_name": "cutover", "keepalives_idle": 5, "keepalives_interval": 2}
TRY_AGAIN = ("08", "40", "53300", "55", "57")
"""SQLSTATEs that say "not now": connection, rollback, too many connections, locked, shutting down."""


class PatientConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose every wait ends."""

    def wait(self, gen: PQGen[Found], interval: float = 0.1, timeout: float | None = None) -> Found:
        """Wait for the server, at most `PATIENCE` seconds if nothing shorter is said."""
        return super().wait(gen, interval=interval, timeout=PATIENCE if timeout is None else timeout)


class Line:
    """One connection at a time to one address, opened when it is needed."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: PatientConnection | None = None
        self._left: list[PatientConnection] = []
        self._arguments = self._parsed()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that seems to work."""
        return self._connection is not None and not self._connection.closed

    def connection(self) -> PatientConnection:
        """The connection, opened if need be."""
        if self._connection is None or self._connection.closed:
            if any(is_slow(host, PATIENCE) for host in self._names()):
                raise errors.ConnectionTimeout("the host's name is still being looked up")
            connection = PatientConnection.connect(**self._arguments, autocommit=True, prepare_threshold=None)
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            self._connection = connection
        return self._connection

    def drop(self) -> None:
        """Close it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def leave(self) -> None:
        """Forget a parent's connection without a word to the server."""
        if self._connection is not None:
            self._left.append(self._connection)
        self._connection = None

    def error(self, exc: psycopg.Error) -> StateError:
        """What this failure is to a caller."""
        if _is_timeout(exc):
            return StateUnreachable(self._address.shown, f"it took longer than {PATIENCE:g} seconds")
        reason = self._address.scrubbed(exc) or type(exc).__name__
        if isinstance(exc, psycopg.OperationalError) and (exc.sqlstate is None or exc.sqlstate.startswith(TRY_AGAIN)):
            return StateUnreachable(self._address.shown, reason)
        return StateRefused(self._address.shown, reason)

    def _names(self) -> list[str]:
        given = self._arguments
        return [] if given.get("hostaddr") else str(given.get("host") or "").split(",")

    def _parsed(self) -> dict[str, Any]:
        try:
            return {**GIVEN, **conninfo.conninfo_to_dict(str(self._address.url))}
        except psycopg.Error as exc:
            raise InvalidStateUrl(self._address.shown, self._address.scrubbed(exc)) from None


def was_closed(error: psycopg.Error) -> bool:
    """Whether the server, or something on the way, had closed the connection: another one may do."""
    return not _is_timeout(error) and (error.sqlstate is None or error.sqlstate.startswith("57P"))


def _is_timeout(error: psycopg.Error) -> bool:
    return "timeout" in type(error).__name__.lower()
