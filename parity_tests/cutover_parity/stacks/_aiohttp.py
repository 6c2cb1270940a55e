"""aiohttp's client: requests are noted as they are written and answers as they arrive, below the session.

In a replay a connector makes connections that lead nowhere (`_transport`): sessions, middlewares, redirects, cookies,
decompression and the client's own timeouts stay its own.
"""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cutover_parity._messages import Headers
from cutover_parity.stacks._stack import Ask, Begin, Opened, swapped
from cutover_parity.stacks._transport import PlayedTransport
from cutover_parity.stacks._wire import MessageReader, url_of


@dataclass(frozen=True, slots=True)
class AiohttpStack:
    """The stack of aiohttp's client."""

    name: str = "aiohttp"
    module: str = "aiohttp"

    def capture(self, begin: Begin) -> AbstractContextManager[None]:
        """Note what sessions send and get."""
        return _Recording(sys.modules["aiohttp"], begin).installed()

    def answer(self, ask: Ask) -> AbstractContextManager[None]:
        """Give connectors connections that lead nowhere."""
        return _answered(sys.modules["aiohttp"], ask)


class _Watch:
    """Reads both directions of one exchange."""

    def __init__(self, opened: Opened, origin: Any, method: str) -> None:
        self.opened = opened
        self.request = MessageReader(self._asked, opened.sent)
        self.answer = MessageReader(self._answered, opened.chunk, method=method)
        self._origin = origin

    def _asked(self, start: str, headers: Headers) -> None:
        method, _, rest = start.partition(" ")
        self.opened.asked(method, place_of(self._origin, rest.rpartition(" ")[0]), headers)

    def _answered(self, start: str, headers: Headers) -> None:
        self.opened.answered(int(start.split(" ", 2)[1]), headers)

    def came(self, data: bytes) -> None:
        self.answer.feed(data)
        if self.answer.over:
            self.opened.ended()

    def lost(self) -> None:
        if self.answer.body is not None and not self.answer.over and self.answer.body.end():
            self.opened.ended()


class _Recording:
    def __init__(self, library: Any, begin: Begin) -> None:
        self._library, self._begin = library, begin
        self._connecting: WeakKeyDictionary[Any, Opened] = WeakKeyDictionary()
        self._watched: WeakKeyDictionary[Any, _Watch] = WeakKeyDictionary()
        self._answers: WeakKeyDictionary[Any, _Watch] = WeakKeyDictionary()

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        with contextlib.ExitStack() as swaps:
            for swap in (self._connector, self._request, self._writer, self._protocol, self._response):
                swaps.enter_context(swap())
            yield

    def _connector(self) -> AbstractContextManager[None]:
        kind = self._library.BaseConnector
        connect = kind.connect

        async def connected(connector: Any, req: Any, *args: Any, **named: Any) -> Any:
            opened = self._begin("aiohttp", "async")
            if opened is None:
                return await connect(connector, req, *args, **named)
            try:
                connection = await connect(connector, req, *args, **named)
            except BaseException as error:
                opened.asked(req.method, str(req.url), tuple((k.lower(), v) for k, v in req.headers.items()))
                opened.failed(self._as_raised(error, req))
                raise
            self._connecting[req] = opened
            return connection

        return swapped((kind, "connect", connected))

    def _as_raised(self, error: BaseException, req: Any) -> BaseException:
        if isinstance(error, TimeoutError) and not isinstance(error, self._library.ClientError):
            raised: BaseException = self._library.ConnectionTimeoutError(f"Connection timeout to host {req.url}")
            return raised
        return error

    def _request(self) -> AbstractContextManager[None]:
        kind = self._library.ClientRequest
        send = kind.send

        async def sent(req: Any, conn: Any) -> Any:
            opened = self._connecting.pop(req, None)
            if opened is not None:
                self._watched[conn.protocol] = _Watch(opened, req.url, req.method)
            return await send(req, conn)

        return swapped((kind, "send", sent))

    def _writer(self) -> AbstractContextManager[None]:
        kind = sys.modules["aiohttp.http_writer"].StreamWriter
        write, writelines = kind._write, kind._writelines

        def written(writer: Any, chunk: Any) -> None:
            self._wrote(writer, (chunk,))
            write(writer, chunk)

        def lines_written(writer: Any, chunks: Any) -> None:
            chunks = tuple(chunks)
            self._wrote(writer, chunks)
            writelines(writer, chunks)

        return swapped((kind, "_write", written), (kind, "_writelines", lines_written))

    def _wrote(self, writer: Any, chunks: tuple[Any, ...]) -> None:
        watch = self._watched.get(writer._protocol)
        if watch is not None:
            with contextlib.suppress(Exception):
                watch.request.feed(b"".join(chunks))

    def _protocol(self) -> AbstractContextManager[None]:
        kind = sys.modules["aiohttp.client_proto"].ResponseHandler
        received, lost, timed_out = kind.data_received, kind.connection_lost, kind._on_read_timeout

        def data_received(protocol: Any, data: bytes) -> None:
            watch = self._watched.get(protocol)
            if watch is not None:
                with contextlib.suppress(Exception):
                    watch.came(bytes(data))
            received(protocol, data)

        def connection_lost(protocol: Any, exc: BaseException | None) -> None:
            watch, payload = self._watched.pop(protocol, None), protocol._payload
            if watch is not None:
                watch.lost()
            lost(protocol, exc)
            _note_failure(watch, payload)

        def on_read_timeout(protocol: Any) -> None:
            payload = protocol._payload
            timed_out(protocol)
            _note_failure(self._watched.get(protocol), payload)

        return swapped(
            (kind, "data_received", data_received),
            (kind, "connection_lost", connection_lost),
            (kind, "_on_read_timeout", on_read_timeout),
        )

    def _response(self) -> AbstractContextManager[None]:
        kind = self._library.ClientResponse
        start, close, release = kind.start, kind.close, kind.release

        async def started(response: Any, connection: Any) -> Any:
            watch = self._watched.get(connection.protocol)
            if watch is None:
                return await start(response, connection)
            self._answers[response] = watch
            try:
                return await start(response, connection)
            except BaseException as error:
                watch.opened.failed(error)
                raise

        def closed(response: Any) -> None:
            self._closed(response)
            close(response)

        def released(response: Any) -> Any:
            self._closed(response)
            return release(response)

        return swapped((kind, "start", started), (kind, "close", closed), (kind, "release", released))

    def _closed(self, response: Any) -> None:
        watch = self._answers.pop(response, None)
        if watch is None or watch.opened.over:
            return
        if watch.answer.body is not None:
            watch.answer.body.end()
        if getattr(response._timer, "_cancelled", False):
            watch.opened.failed(TimeoutError("the request's total timeout was over"))
        watch.opened.closed()


def place_of(url: Any, target: str) -> str:
    """Give the URL of a request line's target on a connection that was made for `url`."""
    return url_of(url.scheme, url.raw_host or "", url.port, target)


def _note_failure(watch: _Watch | None, payload: Any) -> None:
    error = None if payload is None else payload.exception()
    if watch is not None and error is not None:
        watch.opened.failed(error)


@contextlib.contextmanager
def _answered(library: Any, ask: Ask) -> Iterator[None]:
    connect, wait = library.BaseConnector.connect, library.StreamReader._wait

    async def create_connection(connector: Any, req: Any, *_: Any, **__: Any) -> Any:
        protocol = connector._factory()
        protocol.connection_made(PlayedTransport(library, protocol, req, ask))
        return protocol

    async def connected(connector: Any, req: Any, traces: Any, timeout: Any) -> Any:
        connection = await connect(connector, req, traces=traces, timeout=timeout)
        if isinstance(connection.transport, PlayedTransport):
            connection.transport.timeouts = {
                name: getattr(timeout, name) for name in ("total", "connect", "sock_connect", "sock_read")
            }
        return connection

    async def waited(reader: Any, func_name: str) -> None:
        transport = reader._protocol.transport
        if not isinstance(transport, PlayedTransport):
            await wait(reader, func_name)
            return
        with reader._timer:
            await transport.pull()
        if reader._exception is not None:
            raise reader._exception

    with swapped(
        (library.TCPConnector, "_create_connection", create_connection),
        (library.BaseConnector, "connect", connected),
        (library.StreamReader, "_wait", waited),
    ):
        yield
