"""Where a route's key is read: a header, a field of the query, a cookie, a segment of the path, or a callable.

An attribute is written ``header:X-User-Id``, ``query:user``, ``cookie:session`` or ``path:/users/{}/*``. The same
request gives the same key under ASGI and WSGI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cutover_registry._later import Later
from cutover_registry._switch_rule import TOKEN
from cutover_registry._typing import Any, Protocol
from cutover_registry.errors import InvalidRouteKey

parse = Later("urllib.parse")

HOLE = "{}"
Read = Callable[[Any], object]


class Parts(Protocol):
    """Gives the parts of one kind of request: an ASGI scope, a WSGI environ."""

    def header(self, request: Any, name: str) -> str | None:
        """Give the value of a header by its name in lower case."""

    def query(self, request: Any) -> str:
        """Give the query, without its question mark."""

    def path(self, request: Any) -> str:
        """Give the whole path."""


class AsgiParts:
    """The parts of an ASGI scope."""

    def header(self, request: Any, name: str) -> str | None:
        """Give the value of a header by its name in lower case; several are joined, as WSGI servers do it."""
        wanted = name.encode("latin-1")
        values = [value for found, value in request["headers"] if found.lower() == wanted]
        if not values:
            return None
        text: str = (b"; " if name == "cookie" else b",").join(values).decode("latin-1")
        return text.strip()

    def query(self, request: Any) -> str:
        """Give the query, without its question mark."""
        text: str = request.get("query_string", b"").decode("latin-1")
        return text

    def path(self, request: Any) -> str:
        """Give the whole path; servers disagree whether it has the mount in front, so that is added where it lacks."""
        path: str = request["path"]
        mount: str = request.get("root_path", "").rstrip("/")
        return path if path == mount or path.startswith(f"{mount}/") else mount + path


class WsgiParts:
    """The parts of a WSGI environ."""

    def header(self, request: Any, name: str) -> str | None:
        """Give the value of a header by its name in lower case; the server has joined several."""
        variable = name.upper().replace("-", "_")
        plain = variable in ("CONTENT_TYPE", "CONTENT_LENGTH")
        text: str | None = request.get(variable if plain else f"HTTP_{variable}")
        return None if text is None else text.strip()

    def query(self, request: Any) -> str:
        """Give the query, without its question mark."""
        text: str = request.get("QUERY_STRING", "")
        return text

    def path(self, request: Any) -> str:
        """Give the whole path."""
        text: str = request.get("SCRIPT_NAME", "") + request.get("PATH_INFO", "")
        return text.encode("latin-1").decode("utf-8", "replace")


ASGI, WSGI = AsgiParts(), WsgiParts()


class Attributes:
    """Reads the key and the tenant of a request where the user says.

    Args:
        key: An attribute as the module says, or a callable that takes the scope or the environ.
        tenant: The same; None where there are no tenants.
        parts: `ASGI` or `WSGI`.

    Raises:
        InvalidRouteKey: When an attribute is not well formed.
    """

    __slots__ = ("header", "key", "tenant")

    def __init__(self, key: str | Read, tenant: str | Read | None, *, parts: Parts) -> None:
        self.key: Read = _reading(key, parts)
        self.tenant: Read = (lambda _: None) if tenant is None else _reading(tenant, parts)
        self.header = parts.header


def _reading(asked: object, parts: Parts) -> Read:
    if callable(asked):
        return asked
    if not isinstance(asked, str):
        raise InvalidRouteKey(asked, "is neither text nor callable")
    kind, _, name = asked.partition(":")
    if kind not in KINDS or not name:
        raise InvalidRouteKey(asked, f"write one of {', '.join(f'{kind}:…' for kind in KINDS)}, or give a callable")
    return KINDS[kind](name, parts)


def _from_header(name: str, parts: Parts) -> Read:
    lowered = name.lower()
    if not TOKEN.issuperset(lowered):
        raise InvalidRouteKey(f"header:{name}", "is no name of a header")
    return lambda request: parts.header(request, lowered)


def _from_query(name: str, parts: Parts) -> Read:
    pairs = parse.parse_qsl
    return lambda request: next((value for field, value in pairs(parts.query(request)) if field == name), None)


def _from_cookie(name: str, parts: Parts) -> Read:
    def reading(request: Any) -> object:
        for crumb in (parts.header(request, "cookie") or "").split(";"):
            field, equals, value = crumb.strip().partition("=")
            if equals and field == name:
                return value.strip('"')
        return None

    return reading


def _from_path(template: str, parts: Parts) -> Read:
    """A template names segments from the first on; ``{}`` is the key, ``*`` any one, and what follows is free."""
    wanted = template.split("/")
    if wanted[0] != "" or wanted.count(HOLE) != 1:
        raise InvalidRouteKey(
            f"path:{template}", "write a path from its first slash on, with {} for the segment that is the key"
        )
    at = wanted.index(HOLE)

    def reading(request: Any) -> object:
        found = parts.path(request).split("/")
        if len(found) < len(wanted):
            return None
        same = all(one in ("*", HOLE, other) for one, other in zip(wanted, found, strict=False))
        return found[at] if same else None

    return reading


KINDS: Mapping[str, Callable[[str, Parts], Read]] = {
    "header": _from_header,
    "query": _from_query,
    "cookie": _from_cookie,
    "path": _from_path,
}
