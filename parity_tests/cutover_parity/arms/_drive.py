"""Drives one request through an ASGI application in this process and notes every message of the answer."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import unquote

from cutover_parity._messages import Json, Request, bytes_to_json
from cutover_parity._messages import headers_of_scope as read_headers
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.clock._virtual_clock import CLOCK
from cutover_parity.clock._virtual_time import end_route, limited
from cutover_parity.recorder._recorder import App, Message

_SETTLING = 0.5


class Exit:
    """The client's side of one connection; it hangs up when it has got `leaves` chunks of the answer."""

    def __init__(self, request: Request, leaves: int | None = None, log: RouteLog | None = None) -> None:
        self.status: int | None = None
        self.headers: list[list[str]] = []
        self.chunks: list[Json] = []
        self.moments: list[float] = []
        self.finished = self.left = False
        self._leaves, self._log = leaves, log
        self._done = asyncio.Event()
        self._begun = CLOCK.now
        self._body: bytes | None = request.body

    async def receive(self) -> Message:
        """Give the request's body once, then wait for the answer's end and hang up."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Note one message of the answer; what comes after the client hung up is lost."""
        if self.left:
            return
        CLOCK.progressed()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [[name.lower(), value] for name, value in read_headers(message.get("headers", ()))]
        elif message["type"] == "http.response.body":
            if message.get("body"):
                self.chunks.append(bytes_to_json(bytes(message["body"])))
                self.moments.append(round((CLOCK.now - self._begun) / 1e6, 3))
            if not message.get("more_body", False):
                self.finished = True
                self._done.set()
                if self._log is not None:
                    self._log.phase = "after the answer"
            elif len(self.chunks) == self._leaves:
                self.left = True
                self._done.set()

    def to_json(self) -> Json:
        """Give the JSON form."""
        ended = {"finished": self.finished, **({"left": True} if self.left else {})}
        return {"status": self.status, "headers": self.headers, "chunks": self.chunks, **ended}


async def drive(
    app: App, request: Request, *, log: RouteLog, state: dict[str, Any], limit: float, leaves: int | None = None
) -> tuple[Exit, BaseException | None]:
    """Serve one request under its log; give what the client saw and what the application raised, if it did."""
    exit_, before = Exit(request, leaves, log), asyncio.all_tasks()
    log.begun = CLOCK.now
    context = contextvars.copy_context()
    context.run(LOG.set, log)
    serving = _serve(app, scope_of(request, state), exit_)
    task = asyncio.get_running_loop().create_task(serving, context=context)
    if not await _ended(task, limit):
        task.cancel()
        await _ended(task, _SETTLING)
        await end_route(log)
        return exit_, TimeoutError(f"the application gave no answer within {limit:g} s")
    log.phase = "after the answer"
    await end_route(log, asyncio.all_tasks() - before - {task})
    return exit_, asyncio.CancelledError() if task.cancelled() else task.exception()


async def _ended(task: asyncio.Task[Any], limit: float) -> bool:
    late = asyncio.get_running_loop().create_future()
    with limited(limit, late.cancel):
        await asyncio.wait({task, late}, return_when=asyncio.FIRST_COMPLETED)
    return task.done()


async def _serve(app: App, scope: dict[str, Any], exit_: Exit) -> None:
    await app(scope, exit_.receive, exit_.send)


def scope_of(request: Request, state: dict[str, Any]) -> dict[str, Any]:
    """Give the ASGI scope of a request."""
    path, _, query = request.url.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": dict(state),
    }


@asynccontextmanager
async def started(app: App) -> AsyncIterator[dict[str, Any]]:
    """Run the application's lifespan around the cases, if it has one; give its state."""
    state: dict[str, Any] = {}
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    task = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    reply = asyncio.ensure_future(outbox.get())
    await asyncio.wait({task, reply}, return_when=asyncio.FIRST_COMPLETED)
    if reply.done() and reply.result()["type"] == "lifespan.startup.failed":
        raise RuntimeError(reply.result().get("message") or "the application's start-up failed")
    yield state
    reply.cancel()
    if not task.done():
        await inbox.put({"type": "lifespan.shutdown"})
        await asyncio.wait({task}, timeout=_SETTLING * 4)
        task.cancel()
    with suppress(BaseException):
        task.exception()
