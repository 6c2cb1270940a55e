"""From a URL to a state; a backend's packages are loaded when its URL is asked for, and not before."""

from importlib import import_module
from pathlib import PurePosixPath
from typing import cast
from urllib.parse import unquote, urlsplit

from cutover_rollout.state._address import Address, parse_address
from cutover_rollout.state._errors import InvalidStateUrl, MissingExtra
from cutover_rollout.state._sqlite import SqliteState
from cutover_rollout.state._store import StateStore

BACKENDS = {
    "postgresql": ("postgresql", "PostgresqlState"),
    "postgres": ("postgresql", "PostgresqlState"),
    "redis": ("redis", "RedisState"),
    "rediss": ("redis", "RedisState"),
    "unix": ("redis", "RedisState"),
}
"""Scheme to the extra that it needs, whose module has the extra's name, and the class in it."""


def open_state(url: str, *, name: str = "default") -> StateStore:
    """The state at this URL; nothing is connected to, nor made, before it is used.

    Args:
        url: `sqlite:///relative/file.db` or `sqlite:////absolute/file.db`, `postgresql://user@host/database`,
            `redis://host:6379/0`, `rediss://…`, `unix:///run/redis.sock`.
        name: Several rollouts share one place under different names.

    Raises:
        InvalidStateUrl: When it is none of these.
        MissingExtra: When the packages for it are not installed.

    >>> open_state("sqlite:////var/lib/gateway/state.db").where
    'sqlite:////var/lib/gateway/state.db'
    """
    address = parse_address(url)
    if address.scheme == "sqlite":
        return SqliteState(_file(address), name=name)
    if address.scheme not in BACKENDS:
        raise InvalidStateUrl(address.shown, f"the scheme {address.scheme!r} is not known")
    extra, kind = BACKENDS[address.scheme]
    try:
        module = import_module(f"cutover_rollout.state._{extra}")
    except ImportError as exc:
        raise MissingExtra(address.shown, extra, reason=str(exc).partition("\n")[0]) from exc
    return cast(StateStore, getattr(module, kind)(address, name=name))


def _file(address: Address) -> PurePosixPath:
    parts = urlsplit(str(address.url))
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path or parts.query or parts.fragment:
        raise InvalidStateUrl(address.shown, "it names no file (three slashes and a path, four for an absolute one)")
    return PurePosixPath(path)
