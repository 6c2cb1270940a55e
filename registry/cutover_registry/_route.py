"""What the switch may ask about the route that is being served: its key, its tenant, its headers.

The route is in a context variable. Tasks and `asyncio.to_thread` carry it; `run_in_executor`, thread pools and plain
threads do not, `carried` does. Nothing is read before a rule asks for it, and then once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token, copy_context

from cutover_registry._bucket import keyed_bucket
from cutover_registry._faults import count_fault
from cutover_registry._typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

KEY, TENANT, BUCKET = range(3)
WHAT = ("route key", "route tenant")
UNREAD = object()
BROKEN = object()


class RouteUnreadable(Exception):
    """What the user gave to read the key or the tenant failed; it was counted."""


class Sources(Protocol):
    """Reads the attributes of one kind of request."""

    def key(self, request: Any) -> object:
        """Give the route's key, None where there is none."""

    def tenant(self, request: Any) -> object:
        """Give the tenant, None where there is none."""

    def header(self, request: Any, name: str) -> str | None:
        """Give the value of a header by its name in lower case."""


class Route:
    """One route, as the switch sees it.

    What was read first stays: two threads of one route that ask at once get the same bucket, and a new salt in the
    middle of a route does not move it.
    """

    __slots__ = ("_read", "_request", "_sources")

    def __init__(self, sources: Sources, request: object) -> None:
        self._sources = sources
        self._request = request
        self._read: dict[object, Any] = {}

    @property
    def key(self) -> str | None:
        """The key; None where the request has none."""
        return self._text(KEY, self._sources.key)

    @property
    def tenant(self) -> str | None:
        """The tenant; None where the request has none."""
        return self._text(TENANT, self._sources.tenant)

    def header(self, name: str) -> str | None:
        """Give the value of a header by its name in lower case; None where the request has none."""
        found = self._read.get(name, UNREAD)
        if found is UNREAD:
            found = self._read.setdefault(name, self._sources.header(self._request, name))
        return found  # type: ignore[no-any-return]

    def bucket(self, secret: bytes) -> float | None:
        """Give the bucket, by the bytes of the salt; None where the request has no key."""
        found = self._read.get(BUCKET, UNREAD)
        if found is UNREAD:
            key = self._text(KEY, self._sources.key)
            found = self._read.setdefault(BUCKET, None if key is None else keyed_bucket(key, secret))
        return found  # type: ignore[no-any-return]

    def _text(self, what: int, ask: Callable[[Any], object]) -> str | None:
        if what not in self._read:
            self._read.setdefault(what, self._ask(what, ask))
        found = self._read[what]
        if found is BROKEN:
            raise RouteUnreadable
        return found  # type: ignore[no-any-return]

    def _ask(self, what: int, ask: Callable[[Any], object]) -> object:
        try:
            asked = ask(self._request)
            return asked if type(asked) is str and asked else _text(asked, what=what)
        except Exception:  # noqa: BLE001  the user's callable, or a request of an unknown form
            count_fault(WHAT[what])
            return BROKEN


ROUTE: ContextVar[Route | None] = ContextVar("cutover_switch_route", default=None)


def current_route() -> Route | None:
    """Return the route that is being served, None outside of any.

    >>> with route_key("job-17"):
    ...     current_route().key
    'job-17'
    """
    return ROUTE.get()


class _Given:
    """Reads what `route_key` was given."""

    def key(self, request: Any) -> object:
        return request[0]

    def tenant(self, request: Any) -> object:
        return request[1]

    def header(self, request: Any, name: str) -> str | None:
        found: str | None = request[2].get(name)
        return found


GIVEN = _Given()


@contextmanager
def route_key(
    key: str | None, *, tenant: str | None = None, headers: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Serve one route outside of a web server: a job of a queue, a test.

    Args:
        key: What decides whether the route is inside a share; None: it never is.
        tenant: What rules for a tenant look at.
        headers: What rules for a header look at; names in any case.

    >>> with route_key("job-17", tenant="acme"):
    ...     ROUTE.get().tenant
    'acme'
    >>> ROUTE.get() is None
    True
    """
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    token = ROUTE.set(Route(GIVEN, (key, tenant, lowered)))
    try:
        yield
    finally:
        leave(token)


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that runs in the present context wherever it is called: for pools and threads.

    Each call runs in a copy of its own, so that one may be given to a pool many times. A process pool cannot take it.

    >>> import threading
    >>> found = []
    >>> with route_key("job-17"):
    ...     thread = threading.Thread(target=carried(lambda: found.append(ROUTE.get().key)))
    >>> thread.start(); thread.join(); found
    ['job-17']
    """
    context = copy_context()

    def carrying(*args: P.args, **named: P.kwargs) -> R:
        return context.copy().run(function, *args, **named)

    return carrying


def leave(token: Token[Route | None]) -> None:
    """Put back what was there before; where the code was closed from another context, that one is left alone."""
    try:
        ROUTE.reset(token)
    except ValueError:
        return


def _text(value: object, *, what: int) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a {WHAT[what]} is text, a whole number or None, this is of {type(value)}; give str() of it")
