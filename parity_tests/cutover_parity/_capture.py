"""Captures upstream exchanges at the httpx transport, for whichever route is being served in this context.

The transports are wrapped at their class, so that clients that exist already are seen as well as later ones, plain
and streamed, sync and async. What the application sees is unchanged; an exchange outside a route is left alone.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx

from cutover_parity._messages import Answer, Exchange, Failure, Request


class Tape:
    """The exchanges of one route while it is being served, in the order in which they were begun."""

    def __init__(self) -> None:
        self._open: list[_OpenExchange] = []

    def begin(self, request: httpx.Request, client: str) -> "_OpenExchange":
        """Note a request that is about to leave."""
        opened = _OpenExchange(request_of(request), client)
        self._open.append(opened)
        return opened

    def exchanges(self) -> tuple[Exchange, ...]:
        """Give what was captured so far."""
        return tuple(opened.done() for opened in self._open)


TAPE: ContextVar[Tape | None] = ContextVar("cutover_tape", default=None)


@dataclass(slots=True)
class _OpenExchange:
    request: Request
    client: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    chunks: list[bytes] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    failure: Failure | None = None
    last: float = field(default_factory=time.perf_counter)

    def answered(self, response: httpx.Response) -> None:
        self.status, self.headers = response.status_code, headers_of(response.headers)
        self.last = time.perf_counter()

    def chunk(self, data: bytes) -> None:
        now = time.perf_counter()
        self.chunks.append(data)
        self.gaps.append(round((now - self.last) * 1000, 3))
        self.last = now

    def failed(self, error: BaseException) -> None:
        self.failure = Failure.of(error)

    def done(self) -> Exchange:
        if self.status is None:
            error = self.failure or Failure("unfinished", "no answer had come when the route ended")
            return Exchange(self.request, error=error, client=self.client)
        answer = Answer(self.status, self.headers, tuple(self.chunks), tuple(self.gaps), self.failure)
        return Exchange(self.request, answer=answer, client=self.client)


@contextmanager
def captured_httpx() -> Iterator[None]:
    """Capture the exchanges of routes while this is open."""
    handle, handle_async = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def captured(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        tape = TAPE.get()
        if tape is None:
            return handle(self, request)
        request.read()
        opened = tape.begin(request, "sync")
        try:
            response = handle(self, request)
        except BaseException as error:
            opened.failed(error)
            raise
        opened.answered(response)
        response.stream = _SyncTap(response.stream, opened)
        return response

    async def captured_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        tape = TAPE.get()
        if tape is None:
            return await handle_async(self, request)
        await request.aread()
        opened = tape.begin(request, "async")
        try:
            response = await handle_async(self, request)
        except BaseException as error:
            opened.failed(error)
            raise
        opened.answered(response)
        response.stream = _AsyncTap(response.stream, opened)
        return response

    with transports_replaced(captured, captured_async):
        yield


@contextmanager
def transports_replaced(handle: Any, handle_async: Any) -> Iterator[None]:
    """Put other handlers into the classes of httpx's transports while this is open."""
    kept = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request
    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = handle_async  # type: ignore[method-assign]
    try:
        yield
    finally:
        httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request = kept  # type: ignore[method-assign]


def request_of(request: httpx.Request) -> Request:
    """Describe an httpx request whose body was read."""
    return Request(request.method, str(request.url), headers_of(request.headers), request.content)


def headers_of(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    """Give headers as pairs, in order, with their names in lower case."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers.raw)


class _SyncTap(httpx.SyncByteStream):
    def __init__(self, stream: Any, opened: _OpenExchange) -> None:
        self._stream, self._opened = stream, opened

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._opened.chunk(chunk)
                yield chunk
        except Exception as error:
            self._opened.failed(error)
            raise

    def close(self) -> None:
        self._stream.close()


class _AsyncTap(httpx.AsyncByteStream):
    def __init__(self, stream: Any, opened: _OpenExchange) -> None:
        self._stream, self._opened = stream, opened

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._stream:
                self._opened.chunk(chunk)
                yield chunk
        except Exception as error:
            self._opened.failed(error)
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()
