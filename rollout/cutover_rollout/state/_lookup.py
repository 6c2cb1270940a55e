"""Looking up a host's name, waited for no longer than an answer: the system's own looking up has no limit of ours.

It goes on in a thread by itself; whoever asks for the same name meanwhile waits for that one, so that a name server
which is away costs one thread for each name.
"""

import socket
import threading
from contextlib import suppress

_under_way: dict[str, threading.Thread] = {}


def is_slow(host: str, patience: float) -> bool:
    """Whether the name has not been looked up after so many seconds; that there is no such host is not slow."""
    if _is_no_name(host):
        return False
    looking = _under_way.get(host)
    if looking is None or not looking.is_alive():
        looking = threading.Thread(target=_look_up, args=(host,), name="cutover-lookup", daemon=True)
        looking.start()
        _under_way[host] = looking
    looking.join(patience)
    return looking.is_alive()


def _is_no_name(host: str) -> bool:
    return not host or host.startswith(("/", "@")) or host == "localhost" or _is_address(host)


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False


def _look_up(host: str) -> None:
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
