"""http.client, and what is built on it: urllib3, and so requests and botocore; urllib.request; httplib2.

Requests are noted as they are sent and answers as they are read, in the classes of http.client. In a replay a
connection gets a socket that leads nowhere: the library writes its request into it and reads the answer's bytes out of
it, so that redirects, retries, decompression, pools and the library's own errors are its own.
"""

import contextlib
import ssl
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cutover_parity._messages import Headers
from cutover_parity.stacks._read_tap import ReadTap
from cutover_parity.stacks._socket import PlayedSocket, name_of, place_of
from cutover_parity.stacks._stack import Ask, Begin, Opened, swapped
from cutover_parity.stacks._wire import CHUNKED, UNTIL_CLOSE, MessageReader


@dataclass(frozen=True, slots=True)
class HttpClientStack:
    """The stack of http.client."""

    name: str = "urllib3"
    module: str = "http.client"

    def capture(self, begin: Begin) -> AbstractContextManager[None]:
        """Note what connections send and get."""
        return _Recording(sys.modules["http.client"], begin).installed()

    def answer(self, ask: Ask) -> AbstractContextManager[None]:
        """Give connections a socket that leads nowhere."""
        library: Any = sys.modules["http.client"]

        def connect(connection: Any) -> None:
            connection.sock = PlayedSocket(connection, ask)

        return swapped((library.HTTPConnection, "connect", connect), (library.HTTPSConnection, "connect", connect))


@dataclass(frozen=True, slots=True)
class Urllib3Stack:
    """What urllib3 does on top of http.client: it connects by itself, and it turns errors into its own."""

    name: str = "urllib3"
    module: str = "urllib3"

    def capture(self, begin: Begin) -> AbstractContextManager[None]:
        """Note failures as urllib3 raises them, and those that come before anything is sent."""
        pool: Any = sys.modules["urllib3.connectionpool"].HTTPConnectionPool
        make_request = pool._make_request

        def noted(self: Any, conn: Any, method: str, url: str, *args: Any, **named: Any) -> Any:
            _LAST.pop(conn, None)
            try:
                return make_request(self, conn, method, url, *args, **named)
            except BaseException as error:
                pairs = (named.get("headers") or self.headers).items()
                known = tuple((str(name).lower(), str(value)) for name, value in pairs)
                _failed_in(begin, conn, (method, url, known), named.get("body"), error)
                raise

        return swapped((pool, "_make_request", noted))

    def answer(self, ask: Ask) -> AbstractContextManager[None]:
        """Give connections a socket that leads nowhere, unless they would lead to a local one."""
        return _answered_urllib3(sys.modules["urllib3.connection"], ask)


_OPEN: "WeakKeyDictionary[Any, tuple[Opened, MessageReader]]" = WeakKeyDictionary()
_LAST: "WeakKeyDictionary[Any, Opened]" = WeakKeyDictionary()


class _Recording:
    def __init__(self, library: Any, begin: Begin) -> None:
        self._library, self._begin = library, begin
        self._send, self._getresponse = library.HTTPConnection.send, library.HTTPConnection.getresponse

    def installed(self) -> AbstractContextManager[None]:
        def send(connection: Any, data: Any) -> None:
            with contextlib.suppress(Exception):
                self._note_sent(connection, data)
            try:
                self._send(connection, data)
            except BaseException as error:
                _fail(connection, error)
                raise

        def getresponse(connection: Any) -> Any:
            opened, _ = _OPEN.get(connection, (None, None))
            if opened is None:
                return self._getresponse(connection)
            try:
                response = self._getresponse(connection)
            except BaseException as error:
                opened.failed(error)
                raise
            _OPEN.pop(connection, None)
            _tap(response, opened)
            return response

        kind = self._library.HTTPConnection
        return swapped((kind, "send", send), (kind, "getresponse", getresponse))

    def _note_sent(self, connection: Any, data: Any) -> None:
        found = _OPEN.get(connection)
        if found is None or found[1].over or found[0].over:
            _OPEN.pop(connection, None)
            opened = None if _is_tunnelling(connection, data) else self._begin(name_of(connection), "sync")
            if opened is None:
                return
            found = _OPEN[connection] = (opened, _request_reader(connection, opened))
            _LAST[connection] = opened
        if isinstance(data, bytes | bytearray | memoryview):
            found[1].feed(bytes(data))


def _is_tunnelling(connection: Any, data: Any) -> bool:
    return bool(getattr(connection, "_tunnel_host", None)) and bytes(data[:8]) == b"CONNECT "


def _request_reader(connection: Any, opened: Opened) -> MessageReader:
    def head(start: str, headers: Headers) -> None:
        method, _, rest = start.partition(" ")
        opened.asked(method, place_of(connection, rest.rpartition(" ")[0]), headers)

    return MessageReader(head, opened.sent)


def _fail(connection: Any, error: BaseException) -> None:
    opened, _ = _OPEN.get(connection, (None, None))
    if opened is not None:
        opened.failed(error)


def _tap(response: Any, opened: Opened) -> None:
    opened.answered(response.status, tuple((name.lower(), value) for name, value in response.headers.items()))
    if response.fp is None:
        opened.ended()
        return
    framing = CHUNKED if response.chunked else UNTIL_CLOSE if response.length is None else response.length
    response.fp = ReadTap(response.fp, opened, framing)


def _failed_in(begin: Begin, conn: Any, head: tuple[str, str, Headers], body: Any, error: BaseException) -> None:
    _OPEN.pop(conn, None)
    opened = _LAST.get(conn) or begin("urllib3", "sync")
    if opened is None:
        return
    if not opened.known:
        opened.asked(head[0], place_of(conn, head[1]), head[2])
    if not opened.has_body and isinstance(body, bytes | str):
        opened.sent(body.encode() if isinstance(body, str) else body)
    opened.failed(error)


@contextmanager
def _answered_urllib3(library: Any, ask: Ask) -> Iterator[None]:
    def connect(connection: Any) -> None:
        connection.sock = PlayedSocket(connection, ask)
        connection._has_connected_to_proxy = bool(getattr(connection, "proxy", None))
        if connection._has_connected_to_proxy:
            connection.proxy_is_verified = False
        checked = library.resolve_cert_reqs(getattr(connection, "cert_reqs", None)) == ssl.CERT_REQUIRED
        connection.is_verified = checked and not getattr(connection, "proxy_is_forwarding", False)

    def is_connected(connection: Any) -> bool:
        return connection.sock is not None

    kinds = {library.HTTPConnection, library.HTTPSConnection}
    with ExitStack() as swaps:
        for kind in kinds:
            swaps.enter_context(swapped((kind, "connect", connect)))
        if "is_connected" in vars(library.HTTPConnection):
            swaps.enter_context(swapped((library.HTTPConnection, "is_connected", property(is_connected))))
        yield
