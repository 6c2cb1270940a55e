"""The last line of defence of a worker: no socket of an arm under replay is connected to anything.

The client libraries that `stacks` covers are answered above; this refuses what others try, and names them. Local
sockets (AF_UNIX) stay possible everywhere, loopback outside a route (an application may start with its own database).
What speaks to the network without Python's sockets (a library in C with its own) is not seen here.
"""

import asyncio
import socket
import ssl
import sys
from types import FrameType
from typing import Any

from cutover_parity.arms._route_log import LOG
from cutover_parity.stacks import COVERED

_LOOPBACK = ("127.", "::1", "localhost")
_OURS = "cutover_parity"
_PASSED_ON = {"anyio", "sniffio", "uvloop", "certifi"}


class Blocked(OSError):
    """A connection was about to be made during a replay."""


def guard_sockets() -> None:
    """Refuse connections of this process from now on; it cannot be undone.

    Since nothing connects, no certificate is ever checked: loading them, which a client made for each request does
    each time (20 ms), is left out.
    """
    sys.addaudithook(_watch)
    ssl.SSLContext.load_verify_locations = _load_nothing  # type: ignore[method-assign]
    asyncio.BaseEventLoop.getaddrinfo = _resolving(asyncio.BaseEventLoop.getaddrinfo)  # type: ignore[method-assign]


def _load_nothing(*_: object, **__: object) -> None:
    return None


def _resolving(original: Any) -> Any:
    async def getaddrinfo(loop: Any, host: Any, port: Any, **options: Any) -> Any:
        if host is not None:
            _refuse(_text(host))
        return await original(loop, host, port, **options)

    return getaddrinfo


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        if args[0].family != socket.AF_UNIX and args[1]:
            _refuse(_text(args[1][0]))
    elif event == "socket.getaddrinfo" and args[0] is not None:
        _refuse(_text(args[0]))


def _refuse(host: str) -> None:
    log = LOG.get()
    if log is None and host.startswith(_LOOPBACK):
        return
    connection = f"a connection to {host} by {_caller()}"
    covered = f"answered are {', '.join(COVERED)}"
    if log is not None:
        log.escape(f"{connection} was about to be made; nothing leaves during a replay ({covered})")
    raise Blocked(f"{connection} was refused: nothing leaves during a replay; {covered}")


def _caller() -> str:
    frame: FrameType | None = sys._getframe(2)
    last = "an unknown library"
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        package = name.partition(".")[0]
        if package == _OURS or package in _PASSED_ON or package in sys.stdlib_module_names:
            frame = frame.f_back
            continue
        return package
    return last


def _text(host: object) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes) else str(host)
