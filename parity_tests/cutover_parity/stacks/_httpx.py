"""httpx, and httpx2, which has the same classes: exchanges are noted and answered at the transports.

The transports are wrapped at their class, so that clients that exist already are seen as well as later ones, and
custom transports that build on them. What answers below them (respx, say) is noted like any upstream, and so is what
answers in their place; in a replay the transports answer themselves and nothing below them is reached.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cutover_parity._faults import httpx_name, kind_of
from cutover_parity._messages import Answer, Failure, Headers, Request
from cutover_parity.clock import _waits
from cutover_parity.stacks._moves import Chunk, Fail, Head, Move, Wait, moves
from cutover_parity.stacks._stack import Ask, Asked, Begin, Opened, Refused, swapped

_SEEN: ContextVar[list[str] | None] = ContextVar("cutover_seen_at_transport", default=None)


@dataclass(frozen=True, slots=True)
class HttpxStack:
    """The stack of httpx or of httpx2."""

    name: str = "httpx"

    @property
    def module(self) -> str:
        """The module whose import brings the library."""
        return self.name

    @contextmanager
    def capture(self, begin: Begin) -> Iterator[None]:
        """Note what the transports send and get."""
        library = sys.modules[self.name]
        with _clients_captured(library, begin, self.name), self._transports_captured(library, begin):
            yield

    def _transports_captured(self, library: Any, begin: Begin) -> AbstractContextManager[None]:
        handle, handle_async = _handlers(library)

        def captured(transport: Any, request: Any) -> Any:
            opened = _begun(begin, self.name, "sync")
            if opened is None:
                return handle(transport, request)
            _note_request(library, opened, request)
            with _failures(opened):
                response = handle(transport, request)
            return _tapped(library, opened, response)

        async def captured_async(transport: Any, request: Any) -> Any:
            opened = _begun(begin, self.name, "async")
            if opened is None:
                return await handle_async(transport, request)
            _note_request(library, opened, request)
            with _failures(opened):
                response = await handle_async(transport, request)
            return _tapped(library, opened, response)

        return _replaced(library, captured, captured_async)

    def answer(self, ask: Ask) -> AbstractContextManager[None]:
        """Answer what the transports were about to send."""
        library = sys.modules[self.name]

        def handle(_: Any, request: Any) -> Any:
            request.read()
            rest = self._met(library, ask, request, "sync")
            for move in rest:
                if isinstance(move, Head):
                    return _response(library, move.answer, rest, request)
                _make(library, move, request)
            raise AssertionError("a play ends in an answer or a failure")

        async def handle_async(_: Any, request: Any) -> Any:
            await request.aread()
            rest = self._met(library, ask, request, "async")
            for move in rest:
                if isinstance(move, Head):
                    return _response(library, move.answer, rest, request)
                await _make_async(library, move, request)
            raise AssertionError("a play ends in an answer or a failure")

        return _replaced(library, handle, handle_async)

    def _met(self, library: Any, ask: Ask, request: Any, client: str) -> Iterator[Move]:
        timeouts = dict(request.extensions.get("timeout", {}))
        asked = Request(request.method, str(request.url), headers_of(request.headers), request.content)
        play = ask(Asked(asked, client, self.name, timeouts))
        if play.refusal:
            raise refused_type(library)(play.refusal, request=request)
        return moves(play, timeouts.get("read"))


def headers_of(headers: Any) -> Headers:
    """Give headers as pairs, in order, with their names in lower case."""
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers.raw)


def error_in(library: Any, failure: Failure, request: Any) -> Exception:
    """Give a failure as the library's own exception, whichever library it was recorded with."""
    found = getattr(library, failure.type.rpartition(".")[2], None)
    if isinstance(found, type) and issubclass(found, library.RequestError):
        raised: Exception = found(failure.message, request=request)
        return raised
    kind = kind_of(failure)
    message = f"{failure.type}: {failure.message}" if kind == "other" else failure.message
    named: Exception = getattr(library, httpx_name(kind))(message, request=request)
    return named


@lru_cache
def refused_type(library: Any) -> Any:
    """Give the refusal that the library's users would catch like any failure of the transport."""
    return type("Refused", (Refused, library.TransportError), {"__module__": __name__})


def _handlers(library: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return library.HTTPTransport.handle_request, library.AsyncHTTPTransport.handle_async_request


def _replaced(library: Any, handle: Any, handle_async: Any) -> AbstractContextManager[None]:
    return swapped(
        (library.HTTPTransport, "handle_request", handle),
        (library.AsyncHTTPTransport, "handle_async_request", handle_async),
    )


def _begun(begin: Begin, name: str, client: str) -> Opened | None:
    seen = _SEEN.get()
    if seen is not None:
        seen.append(name)
    return begin(name, client)


def _clients_captured(library: Any, begin: Begin, name: str) -> AbstractContextManager[None]:
    """Note what a client sends by another way than the library's transports: they were replaced, for a test say."""
    send, send_async = library.Client._send_single_request, library.AsyncClient._send_single_request

    def sent(client: Any, request: Any) -> Any:
        with _unless_seen(library, begin, (name, "sync"), request) as unseen:
            return unseen(send(client, request))

    async def sent_async(client: Any, request: Any) -> Any:
        with _unless_seen(library, begin, (name, "async"), request) as unseen:
            return unseen(await send_async(client, request))

    return swapped(
        (library.Client, "_send_single_request", sent), (library.AsyncClient, "_send_single_request", sent_async)
    )


@contextmanager
def _unless_seen(library: Any, begin: Begin, stack: tuple[str, str], request: Any) -> Iterator[Callable[[Any], Any]]:
    seen: list[str] = []
    token = _SEEN.set(seen)

    def noted(response: Any) -> Any:
        opened = None if seen else begin(*stack)
        if opened is None:
            return response
        _note_request(library, opened, request)
        return _tapped(library, opened, response)

    try:
        yield noted
    except BaseException as error:
        if not seen and (opened := begin(*stack)) is not None:
            _note_request(library, opened, request)
            opened.failed(error)
        raise
    finally:
        _SEEN.reset(token)


@contextmanager
def _failures(opened: Opened) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        opened.failed(error)
        raise


@contextmanager
def _cuts(opened: Opened | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if opened is not None:
            opened.failed(error)
        raise


def _note_request(library: Any, opened: Opened, request: Any) -> None:
    opened.asked(request.method, str(request.url), headers_of(request.headers))
    if hasattr(request, "_content"):
        opened.sent(request.content)
    else:
        request.stream = _taps(library)(getattr(request.stream, "tapped", request.stream), opened.sent, None)


def _tapped(library: Any, opened: Opened, response: Any) -> Any:
    opened.answered(response.status_code, headers_of(response.headers))
    if hasattr(response, "_content"):
        opened.chunk(response.content)
        opened.ended()
        return response
    response.stream = _taps(library)(response.stream, opened.chunk, opened)
    return response


@lru_cache
def _taps(library: Any) -> Any:
    class Tap(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """A stream whose pieces are noted as they go by."""

        def __init__(self, stream: Any, note: Callable[[bytes], None], opened: Opened | None) -> None:
            self.tapped, self._note, self._opened = stream, note, opened

        def __iter__(self) -> Iterator[bytes]:
            with _cuts(self._opened):
                for piece in self.tapped:
                    self._note(piece)
                    yield piece
            self._ended()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with _cuts(self._opened):
                async for piece in self.tapped:
                    self._note(piece)
                    yield piece
            self._ended()

        def close(self) -> None:
            self._closed()
            self.tapped.close()

        async def aclose(self) -> None:
            self._closed()
            await self.tapped.aclose()

        def _ended(self) -> None:
            if self._opened:
                self._opened.ended()

        def _closed(self) -> None:
            if self._opened:
                self._opened.closed()

    return Tap


def _make(library: Any, move: Move, request: Any) -> None:
    if isinstance(move, Wait):
        _waits.wait(move.seconds)
    elif isinstance(move, Fail):
        raise error_in(library, move.failure, request)


async def _make_async(library: Any, move: Move, request: Any) -> None:
    if isinstance(move, Wait):
        await _waits.wait_async(move.seconds)
    elif isinstance(move, Fail):
        raise error_in(library, move.failure, request)


def _response(library: Any, answer: Answer, rest: Iterator[Move], request: Any) -> Any:
    stream = _streams(library)(library, rest, request)
    return library.Response(answer.status, headers=list(answer.headers), stream=stream, request=request)


@lru_cache
def _streams(library: Any) -> Any:
    class Played(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """The body of an answer in a replay."""

        def __init__(self, library: Any, rest: Iterator[Move], request: Any) -> None:
            self._library, self._rest, self._request = library, rest, request

        def __iter__(self) -> Iterator[bytes]:
            for move in self._rest:
                _make(self._library, move, self._request)
                if isinstance(move, Chunk):
                    yield move.data

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for move in self._rest:
                await _make_async(self._library, move, self._request)
                if isinstance(move, Chunk):
                    yield move.data

    return Played
