"""Middleware that gives each request its route, and takes it away at the end, however that comes.

It is set around the application's own code alone: under WSGI also around each piece of an answer that is made while it
is sent. It reads nothing itself; the key is read when a rule asks for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator

from cutover_registry._route import ROUTE, Route, leave
from cutover_registry._route_key import ASGI, WSGI, Attributes, Read
from cutover_registry._typing import Any
from cutover_registry.errors import InvalidRouteKey

SERVED = ("http", "websocket")
INTERFACES = ("asgi", "wsgi")
WSGI_PARAMETERS = 2


class RouteKeyMiddleware:
    """The application, with a route for the switch around each request.

    Args:
        app: An ASGI or a WSGI application.
        key: Where a route's key is read: ``header:X-User-Id``, ``query:user``, ``cookie:session``,
            ``path:/users/{}`` (``*`` is any segment, what follows is free), or a callable that takes the scope or the
            environ and gives text or None. A request without one takes the legacy arm wherever a share decides.
        tenant: The same for the tenant that rules may name; None where there are none.
        interface: ``asgi`` or ``wsgi``, where it cannot be told from the application's signature.

    Raises:
        InvalidRouteKey: When key, tenant or interface is not well formed.

    >>> def app(environ, start_response):
    ...     return [ROUTE.get().key.encode()]
    >>> list(RouteKeyMiddleware(app, key="query:user")({"QUERY_STRING": "user=u-1"}, None))
    [b'u-1']
    """

    app: Any

    def __new__(
        cls, app: Any, *, key: str | Read, tenant: str | Read | None = None, interface: str | None = None
    ) -> RouteKeyMiddleware:
        """Make the one for ASGI or the one for WSGI."""
        if interface not in (None, *INTERFACES):
            raise InvalidRouteKey(interface, "is no interface; write 'asgi' or 'wsgi'")
        wsgi = interface == "wsgi" if interface else is_wsgi(app)
        made = super().__new__(_Wsgi if wsgi else _Asgi)
        made.app = app
        made._attributes = Attributes(key, tenant, parts=WSGI if wsgi else ASGI)
        return made

    _attributes: Attributes


class _Asgi(RouteKeyMiddleware):
    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Serve one connection."""
        if scope["type"] not in SERVED:
            await self.app(scope, receive, send)
            return
        token = ROUTE.set(Route(self._attributes, scope))
        try:
            await self.app(scope, receive, send)
        finally:
            leave(token)


class _Wsgi(RouteKeyMiddleware):
    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        route = Route(self._attributes, environ)
        token = ROUTE.set(route)
        try:
            answer: Iterable[bytes] = self.app(environ, start_response)
        finally:
            leave(token)
        wrapper = environ.get("wsgi.file_wrapper")
        made = isinstance(answer, list | tuple) or (isinstance(wrapper, type) and isinstance(answer, wrapper))
        return answer if made else _Pieces(answer, route)


class _Pieces:
    """An answer whose pieces are made while it is sent: each of them in the route."""

    def __init__(self, answer: Iterable[bytes], route: Route) -> None:
        self._answer, self._route = answer, route
        self._pieces: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = ROUTE.set(self._route)
        try:
            if self._pieces is None:
                self._pieces = iter(self._answer)
            return next(self._pieces)
        finally:
            leave(token)

    def close(self) -> None:
        """Close the answer, if it can be."""
        close = getattr(self._answer, "close", None)
        if close is None:
            return
        token = ROUTE.set(self._route)
        try:
            close()
        finally:
            leave(token)


def is_wsgi(app: Any) -> bool:
    """Tell whether an application is called with an environ and a start_response."""
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return False
    try:
        return len(inspect.signature(app).parameters) == WSGI_PARAMETERS
    except (TypeError, ValueError):
        return False
