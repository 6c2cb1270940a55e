"""The last line of defence of a worker: no socket of an arm under replay is connected to anything.

The httpx transports are answered one layer above; this refuses what other client libraries try. Local sockets
(AF_UNIX) stay possible everywhere, loopback outside a route (an application may start with its own database).
"""

import socket
import ssl
import sys
from typing import Any

from cutover_parity._route_log import LOG

_LOOPBACK = ("127.", "::1", "localhost")


class Blocked(OSError):
    """A connection was about to be made during a replay."""


def guard_sockets() -> None:
    """Refuse connections of this process from now on; it cannot be undone.

    Since nothing connects, no certificate is ever checked: loading them, which a client made for each request does
    each time (20 ms), is left out.
    """
    sys.addaudithook(_watch)
    ssl.SSLContext.load_verify_locations = _load_nothing  # type: ignore[method-assign]


def _load_nothing(*_: object, **__: object) -> None:
    return None


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        if args[0].family != socket.AF_UNIX:
            _refuse(str(args[1][0]))
    elif event == "socket.getaddrinfo":
        _refuse(str(args[0]))


def _refuse(host: str) -> None:
    log = LOG.get()
    if log is None and host.startswith(_LOOPBACK):
        return
    if log is not None:
        log.escape(f"a connection to {host} was about to be made; nothing leaves during a replay")
    raise Blocked(f"a connection to {host} was refused: nothing leaves during a replay")
