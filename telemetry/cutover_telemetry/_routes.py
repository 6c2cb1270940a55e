"""ASGI middleware: one route a request, from its first byte to the end of its answer.

A route ends with the last piece of the body, or when the application returns or raises, also because the client went
away. It is plain ASGI: the context variable reaches the application's tasks and `asyncio.to_thread`, and is reset.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cutover_telemetry._open_route import OpenRoute, current_route
from cutover_telemetry._recorder import Recorder

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class RouteMiddleware:
    """Opens a route around each HTTP request; everything else, and everything once inactive, passes untouched."""

    def __init__(self, app: Application, recorder: Recorder) -> None:
        self.app = app
        self.recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not self.recorder.active:
            await self.app(scope, receive, send)
            return
        route = OpenRoute(self.recorder)
        token = current_route.set(route)
        try:
            await self.app(scope, _receiver(route, receive), _sender(route, send))
        except BaseException as exc:
            route.failed(exc)
            raise
        finally:
            current_route.reset(token)
            route.close()


def _receiver(route: OpenRoute, receive: Receive) -> Receive:
    async def watched() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            route.client_left()
        return message

    return watched


def _sender(route: OpenRoute, send: Send) -> Send:
    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            with route.recorder.faults:
                route.answered(message["status"])
        try:
            await send(message)
        except OSError:
            route.client_left()
            raise
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            route.close()

    return watched
