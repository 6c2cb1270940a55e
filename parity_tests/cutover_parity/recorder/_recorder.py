"""The recorder: ASGI middleware that notes each HTTP route together with its upstream exchanges.

    app = Recorder.to(app, "traffic.jsonl")                    # in your own application, one line
    app.add_middleware(Recorder.to, path="traffic.jsonl")      # the same in Starlette and FastAPI

    recorder = Recorder(app, RecordingWriter(Path("traffic.jsonl")))
    with recorder.capturing():
        serve(recorder)

Whatever goes wrong in here, the request is served as if nobody recorded it.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

from cutover_parity._messages import Failure, headers_of_scope, url_of_scope
from cutover_parity.recorder._middleware import Middleware
from cutover_parity.recorder._spool import Spool
from cutover_parity.recorder._visit import Visit, visited

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_AT_SHUTDOWN = 5.0


class Recorder(Middleware):
    """Wraps an ASGI application; `recorded` and `dropped` count routes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection and note it if it is HTTP."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._flushing(send))
        elif scope["type"] == "http" and (visit := self._visit()) is not None:
            await self._noted(visit, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _noted(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        watch = _Watch(visit, scope, receive, send)
        failure: BaseException | None = None
        try:
            with visited(visit):
                await self._app(scope, watch.receive, watch.send)
        except BaseException as error:
            failure = error
            raise
        finally:
            watch.ended(failure)
            self.spool.offer(visit)

    def _flushing(self, send: Send) -> Send:
        """Hand over what waits when the application has shut down, since some servers end without a further word."""

        async def flushed(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await flushed_here(self.spool)
            await send(message)

        return flushed


async def flushed_here(spool: Spool) -> None:
    """Hand over what waits; only asyncio's loop goes on meanwhile."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        spool.flush(_AT_SHUTDOWN)
    else:
        await asyncio.to_thread(spool.flush, _AT_SHUTDOWN)


class _Watch:
    """Sees the messages of one HTTP connection go by."""

    def __init__(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        self._visit, self._receive, self._send = visit, receive, send
        self._complete = self._hung_up = False
        with suppress(Exception):
            visit.asked(scope["method"], url_of_scope(scope), headers_of_scope(scope["headers"]))

    async def receive(self) -> Message:
        message = await self._receive()
        with suppress(Exception):
            if message["type"] == "http.request":
                self._visit.body(message.get("body", b""))
            elif message["type"] == "http.disconnect" and not self._complete:
                self._hung_up = True
        return message

    async def send(self, message: Message) -> None:
        with suppress(Exception):
            self._sent(message)
        try:
            await self._send(message)
        except OSError:
            self._hung_up = True
            raise

    def ended(self, failure: BaseException | None) -> None:
        cancelled = not self._complete and (self._hung_up or isinstance(failure, asyncio.CancelledError))
        with suppress(Exception):
            self._visit.ended(Failure.of(failure) if failure else None, cancelled=cancelled)

    def _sent(self, message: Message) -> None:
        if self._hung_up:
            return
        if message["type"] == "http.response.start":
            self._visit.began(message["status"], headers_of_scope(message.get("headers", ())))
        elif message["type"] == "http.response.body":
            self._visit.chunk(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        elif message["type"] == "http.response.pathsend":
            self._visit.lost(os.path.getsize(message["path"]))
            self._complete = True
