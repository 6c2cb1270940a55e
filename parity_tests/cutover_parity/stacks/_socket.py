"""A socket that leads nowhere: what a connection of http.client writes is asked for, and it reads the play's bytes.

Failures are raised as a socket raises them, or as urllib3 does where it connects; the library makes of them what it
always does.
"""

import errno
import io
import os
import ssl
import sys
from collections.abc import Iterator
from typing import Any

from cutover_parity._faults import kind_of
from cutover_parity._messages import Failure, Headers, Request
from cutover_parity.clock import _waits
from cutover_parity.stacks._moves import Chunk, Fail, Head, Move, Wait, moves
from cutover_parity.stacks._stack import Ask, Asked, Play, Refused
from cutover_parity.stacks._wire import MessageReader, head_bytes, is_chunked, url_of


class RefusedConnection(Refused, ConnectionError):
    """The refusal as http.client's users would catch a broken connection."""


def name_of(connection: Any) -> str:
    """Give the name of the library that a connection of http.client belongs to."""
    return (
        "urllib3" if any(kind.__module__.startswith("urllib3.") for kind in type(connection).__mro__) else "http.client"
    )


def place_of(connection: Any, target: str) -> str:
    """Give the URL of a request on a connection; behind a tunnel, that of where it leads."""
    tunnel = getattr(connection, "_tunnel_host", None)
    host, port = (tunnel, connection._tunnel_port) if tunnel else (connection.host, connection.port)
    return url_of("https" if connection.default_port == 443 else "http", host, port, target)


class PlayedSocket:
    """Takes requests and gives answers, one after another."""

    def __init__(self, connection: Any, ask: Ask) -> None:
        self._connection, self._ask = connection, ask
        self._timeout: float | None = _seconds(connection.timeout)
        self._connect_timeout = self._timeout
        self._written = bytearray()

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ARG002 - a socket's signature
        """Take a piece of a request."""
        if not self._written:
            self._connect_timeout = _seconds(self._connection.timeout)
        self._written += data

    send = sendall

    def makefile(self, mode: str = "rb", buffering: int | None = None, **_: Any) -> Any:  # noqa: ARG002 - as above
        """Give the answer to what was written."""
        request = self._request()
        timeouts = {"connect": self._connect_timeout, "read": self._timeout}
        play = self._ask(Asked(request, "sync", name_of(self._connection), timeouts))
        return io.BufferedReader(_Answer(self._connection, play, self._timeout, method=request.method))

    def settimeout(self, seconds: float | None) -> None:
        """Set how long a read waits."""
        self._timeout = _seconds(seconds)

    def gettimeout(self) -> float | None:
        """Give how long a read waits."""
        return self._timeout

    def setsockopt(self, *_: Any) -> None:
        """Take an option of a socket, which means nothing here."""

    def shutdown(self, how: int) -> None:
        """Take a shutdown, which means nothing here."""

    def close(self) -> None:
        """Hang up."""

    def _request(self) -> Request:
        head: list[tuple[str, Headers]] = []
        body: list[bytes] = []
        reader = MessageReader(lambda start, headers: head.append((start, headers)), body.append)
        reader.feed(bytes(self._written))
        self._written.clear()
        start, headers = head[0]
        method, _, rest = start.partition(" ")
        return Request(method, place_of(self._connection, rest.rpartition(" ")[0]), headers, b"".join(body))


class _Answer(io.RawIOBase):
    def __init__(self, connection: Any, play: Play, patience: float | None, *, method: str) -> None:
        self._connection, self._play = connection, play
        self._moves = self._pieces(moves(play, patience), method)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._left:
            self._left = next(self._moves, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def _pieces(self, rest: Iterator[Move], method: str) -> Iterator[bytes]:
        if self._play.refusal:
            raise RefusedConnection(self._play.refusal)
        chunked = False
        for move in rest:
            match move:
                case Wait(seconds):
                    _waits.wait(seconds)
                case Head(answer):
                    chunked = is_chunked(answer) and method != "HEAD"
                    yield head_bytes(answer, bodiless=method == "HEAD")
                case Chunk(data) if method != "HEAD":
                    yield b"%x\r\n%b\r\n" % (len(data), data) if chunked else data
                case Fail(failure):
                    self._raise(failure)
                    return
        if chunked:
            yield b"0\r\n\r\n"

    def _raise(self, failure: Failure) -> None:
        error = _error(self._connection, failure)
        if error is not None:
            raise error


def _error(connection: Any, failure: Failure) -> Exception | None:
    kind, urllib3 = kind_of(failure), _urllib3_of(connection)
    message = failure.message
    match kind:
        case "read timeout" | "write timeout" | "pool timeout":
            return TimeoutError("timed out")
        case "connect timeout":
            said = f"Connection to {connection.host} timed out. (connect timeout={_seconds(connection.timeout)})"
            return urllib3.ConnectTimeoutError(connection, said) if urllib3 else TimeoutError("timed out")
        case "connect" if "SSL" in failure.type or "certificate" in message.lower():
            return ssl.SSLCertVerificationError(1, message)
        case "connect":
            refused = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            said = f"Failed to establish a new connection: {refused}"
            return urllib3.NewConnectionError(connection, said) if urllib3 else refused
        case "protocol":
            return None
        case "reset" | "close" | "write":
            return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        case _:
            return OSError(f"{failure.type}: {message}")


def _urllib3_of(connection: Any) -> Any:
    return sys.modules.get("urllib3.exceptions") if name_of(connection) == "urllib3" else None


def _seconds(timeout: Any) -> float | None:
    return float(timeout) if isinstance(timeout, int | float) else None
