"""A connection of aiohttp that leads nowhere: what is written to it is asked for, and the play's bytes come back.

The body comes piece by piece as the application reads it, so that the edges of chunks are those of the recording.
"""

import asyncio
import errno
import os
import ssl
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cutover_parity._faults import kind_of
from cutover_parity._messages import Failure, Headers, Request
from cutover_parity.clock import _waits
from cutover_parity.stacks._moves import Chunk, Fail, Head, Move, Wait, moves
from cutover_parity.stacks._stack import Ask, Asked, Play, Refused
from cutover_parity.stacks._wire import MessageReader, head_bytes, is_chunked, url_of


class PlayedTransport(asyncio.Transport):
    """Takes requests and gives answers, one after another."""

    def __init__(self, library: Any, protocol: Any, request: Any, ask: Ask) -> None:
        super().__init__()
        self.timeouts: dict[str, float | None] = {}
        self._library, self._protocol, self._request, self._ask = library, protocol, request, ask
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._answering: asyncio.Task[None] | None = None
        self._await_request()

    def write(self, data: Any) -> None:
        """Take a piece of a request; answer it when it is whole."""
        self._reader.feed(bytes(data))
        if self._reader.over:
            request = Request(*self._head, b"".join(self._body))
            self._await_request()
            play = self._ask(Asked(request, "async", "aiohttp", dict(self.timeouts)))
            self._answering = self._loop.create_task(self._begin(play, request.method))

    async def pull(self) -> None:
        """Make the moves up to the next piece of the body."""
        for move in self._rest:
            if isinstance(move, Wait):
                await _waits.wait_async(move.seconds)
            elif isinstance(move, Chunk):
                self._left -= 1
                self._feed(move.data)
                return
            elif isinstance(move, Fail):
                self._fail(move.failure)
                return

    def close(self) -> None:
        """Hang up."""
        self.abort()

    def abort(self) -> None:
        """Hang up."""
        if not self._closing:
            self._closing = True
            if self._answering is not None:
                self._answering.cancel()
            self._loop.call_soon(self._protocol.connection_lost, None)

    def is_closing(self) -> bool:
        """Whether it was hung up."""
        return self._closing

    def pause_reading(self) -> None:
        """Do nothing: what was not asked for does not come."""

    def resume_reading(self) -> None:
        """Do nothing, as above."""

    def is_reading(self) -> bool:
        """Whether data may come."""
        return not self._closing

    def get_write_buffer_size(self) -> int:
        """Give the size of what was not sent: nothing waits."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: nothing waits to be sent."""

    def _await_request(self) -> None:
        self._head: tuple[str, str, Headers] = ("", "", ())
        self._body: list[bytes] = []
        self._reader = MessageReader(self._asked, self._body.append)

    def _asked(self, start: str, headers: Headers) -> None:
        method, _, rest = start.partition(" ")
        url = self._request.url
        self._head = (method, url_of(url.scheme, url.raw_host or "", url.port, rest.rpartition(" ")[0]), headers)

    async def _begin(self, play: Play, method: str) -> None:
        if play.refusal:
            self._protocol.set_exception(refused_type(self._library)(play.refusal))
            return
        self._rest = moves(play, self._patience())
        self._bodiless = method == "HEAD"
        for move in self._rest:
            if isinstance(move, Wait):
                await _waits.wait_async(move.seconds)
            elif isinstance(move, Fail):
                self._fail(move.failure)
                return
            elif isinstance(move, Head):
                answer = move.answer
                self._chunked = is_chunked(answer) and not self._bodiless
                self._left = len(answer.chunks) + (answer.cut is not None)
                self._protocol.data_received(head_bytes(answer, bodiless=self._bodiless))
                if not self._left and self._chunked:
                    self._protocol.data_received(b"0\r\n\r\n")
                return

    _rest: Iterator[Move] = iter(())
    _chunked = _bodiless = False
    _left = 0

    def _feed(self, data: bytes) -> None:
        if self._bodiless:
            return
        framed = b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data
        end = b"0\r\n\r\n" if self._chunked and not self._left else b""
        self._protocol.data_received(framed + end)

    def _patience(self) -> float | None:
        asked = [seconds for name in ("total", "sock_read") if (seconds := self.timeouts.get(name)) is not None]
        return min(asked, default=None)

    def _fail(self, failure: Failure) -> None:
        kind, protocol = kind_of(failure), self._protocol
        if kind == "read timeout":
            self._time_out(failure)
        elif kind == "protocol":
            self._lose(None)
        elif kind in {"reset", "write", "close"}:
            self._lose(ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)))
        elif protocol._payload is not None:
            protocol._payload.set_exception(self._library.ClientPayloadError(f"{failure.type}: {failure.message}"))
        else:
            protocol.set_exception(self._error(kind, failure))

    def _time_out(self, failure: Failure) -> None:
        total, read = self.timeouts.get("total"), self.timeouts.get("sock_read")
        by_total = failure.type.startswith("httpx") and total is not None and (read is None or total <= read)
        if not by_total and failure.type != "TimeoutError":
            self._protocol._on_read_timeout()
            return
        for waiting in (self._protocol, self._protocol._payload):
            if waiting is not None:
                waiting.set_exception(TimeoutError())

    def _lose(self, error: OSError | None) -> None:
        self._closing = True
        self._protocol.connection_lost(error)

    def _error(self, kind: str, failure: Failure) -> Exception:
        library, key = self._library, self._request.connection_key
        error: Exception
        if kind == "connect timeout":
            error = library.ConnectionTimeoutError(f"Connection timeout to host {self._request.url}")
        elif kind == "connect" and "Certificate" in failure.type:
            error = library.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError(1, failure.message))
        elif kind == "connect" and "DNS" in failure.type:
            error = library.ClientConnectorDNSError(key, OSError(None, "Domain name not found"))
        elif kind == "connect":
            error = library.ClientConnectorError(
                key, ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            )
        else:
            error = library.ClientConnectionError(f"{failure.type}: {failure.message}")
        return error


@lru_cache
def refused_type(library: Any) -> Any:
    """Give the refusal that the library's users would catch like any failure of a connection."""
    return type("Refused", (Refused, library.ClientConnectionError), {"__module__": __name__})
