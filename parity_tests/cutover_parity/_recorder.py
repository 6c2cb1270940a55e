"""The recorder: ASGI middleware that notes each HTTP route together with its upstream exchanges.

    recorder = Recorder(app, RecordingWriter(Path("traffic.jsonl")))
    with recorder.capturing():
        serve(recorder)

Routes are written by a thread of their own from a bounded queue: a slow or full disk drops records, which are
counted, and never holds up or breaks a served request.
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from cutover_parity._capture import TAPE, Tape, captured_httpx
from cutover_parity._context import context_carried
from cutover_parity._messages import Answer, Failure, Request, Route, headers_of_scope, url_of_scope
from cutover_parity._recording import RecordingWriter

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger("cutover_parity")
_WAITING_ROUTES = 1024


class Recorder:
    """Wraps an ASGI application; `recorded` and `dropped` count routes."""

    def __init__(self, app: App, writer: RecordingWriter) -> None:
        self.recorded = 0
        self.dropped = 0
        self._app = app
        self._writer = writer
        self._waiting: queue.Queue[Route | None] = queue.Queue(_WAITING_ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection and note it if it is HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        tape, watch = Tape(), _Watch(scope, receive, send)
        token = TAPE.set(tape)
        failure: Failure | None = None
        try:
            await self._app(scope, watch.receive, watch.send)
        except BaseException as error:
            failure = Failure.of(error)
            raise
        finally:
            TAPE.reset(token)
            self._note(watch.route(tape, failure))

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Capture upstream exchanges and write routes while this is open; all noted routes are on disk afterwards."""
        thread = threading.Thread(target=self._write_all, name="cutover-recorder", daemon=True)
        thread.start()
        try:
            with context_carried(), captured_httpx():
                yield
        finally:
            self._waiting.put(None)
            thread.join()

    def _note(self, route: Route) -> None:
        try:
            self._waiting.put_nowait(route)
        except queue.Full:
            self.dropped += 1

    def _write_all(self) -> None:
        while (route := self._waiting.get()) is not None:
            try:
                self._writer.write(route)
                self.recorded += 1
            except OSError as error:
                self.dropped += 1
                _log.warning("a route was not recorded in %s: %s", self._writer.path, error)


class _Watch:
    """Sees the messages of one HTTP connection go by."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._body: list[bytes] = []
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []
        self._gaps: list[float] = []
        self._last = time.perf_counter()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._body.append(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        self._sent(message)
        await self._send(message)

    def route(self, tape: Tape, failure: Failure | None) -> Route:
        request = Request(
            self._scope["method"],
            url_of_scope(self._scope),
            headers_of_scope(self._scope["headers"]),
            b"".join(self._body),
        )
        answer = None
        if self._status is not None:
            answer = Answer(self._status, self._headers, tuple(self._chunks), tuple(self._gaps), failure)
        return Route(uuid.uuid4().hex, request, answer, tape.exchanges(), failure)

    def _sent(self, message: Message) -> None:
        now = time.perf_counter()
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = headers_of_scope(message.get("headers", ()))
        elif message["type"] == "http.response.body" and message.get("body"):
            self._chunks.append(bytes(message["body"]))
            self._gaps.append(round((now - self._last) * 1000, 3))
        self._last = now
