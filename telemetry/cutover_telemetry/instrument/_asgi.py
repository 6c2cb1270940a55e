"""ASGI middleware: one route a request, from its first byte to the end of its answer.

A route ends with the last piece of the body, or when the application returns or raises, also because the client went
away. It is plain ASGI: the context variable reaches the application's tasks and `asyncio.to_thread`, and is reset.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter_ns
from typing import Any

from cutover_telemetry.instrument._open_route import OpenRoute, current_route
from cutover_telemetry.instrument._recorder import Recorder

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class RouteMiddleware:
    """Opens a route around each HTTP request; everything else, and everything once inactive, passes untouched."""

    def __init__(self, app: AsgiApplication, recorder: Recorder) -> None:
        self.app = app
        self.recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not self.recorder.active:
            lifespan = scope["type"] == "lifespan" and self.recorder.active
            await self.app(scope, receive, _flushing(self.recorder, send) if lifespan else send)
            return
        begun = perf_counter_ns()
        route = OpenRoute(self.recorder)
        token = current_route.set(route)
        route.overhead = perf_counter_ns() - begun
        try:
            await self.app(scope, _receiver(route, receive), _sender(route, send, scope))
        except BaseException as exc:
            route.failed(exc)
            raise
        finally:
            current_route.reset(token)
            route.name = route.name or _name(scope)
            route.close()


def _receiver(route: OpenRoute, receive: Receive) -> Receive:
    async def watched() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            route.client_left()
        return message

    return watched


def _sender(route: OpenRoute, send: Send, scope: Scope) -> Send:
    async def watched(message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            try:
                route.name = _name(scope)
                route.answered(message["status"])
            except Exception as error:  # noqa: BLE001  telemetry is a guest
                route.recorder.faults.note(error)
        try:
            await send(message)
        except OSError:
            route.client_left()
            raise
        if kind == "http.response.body" and not message.get("more_body", False):
            route.close()

    return watched


def _flushing(recorder: Recorder, send: Send) -> Send:
    # A server that is told to end by a signal may end by it, and then nothing that is registered at exit is run.
    async def watched(message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown."):
            await asyncio.to_thread(recorder.flush)
        await send(message)

    return watched


def _name(scope: Scope) -> str | None:
    """The pattern that the request matched, as Starlette and FastAPI leave it; never the path: that may be anything."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope['method']} {path}" if isinstance(path, str) and path and "method" in scope else None
