"""Two networks that a store may be at the other end of, both of which can be cut.

`Network` is one of the kernel's own, for root: a namespace at the end of a wire. Cut, nothing arrives any more in
either direction and nobody is told. `Relay` is a wire on loopback, for everybody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CUT = "cutover"


class Network:
    """A network namespace with one wire to it, laid by `laid`.

    Attributes:
        far: The address at its end.
        inside: What to put before a command that is to run in it.
    """

    def __init__(self, number: int) -> None:
        self.name = f"{CUT}{number}"
        self._wire = f"cut{number}"
        self.near, self.far = f"10.213.{number % 250}.1", f"10.213.{number % 250}.2"
        self.inside = ["ip", "netns", "exec", self.name]

    @classmethod
    @contextmanager
    def laid(cls) -> Iterator[Network]:
        """Lay it, and take it away at the end."""
        network = cls(os.getpid() % 10_000)
        try:
            network._lay()
            yield network
        finally:
            _ip("netns", "del", network.name, check=False)
            _ip("link", "del", network._wire, check=False)

    def cut(self) -> None:
        """Let nothing through."""
        _ip("-n", self.name, "link", "set", f"{self._wire}f", "down")

    def mend(self) -> None:
        """Let everything through again."""
        _ip("-n", self.name, "link", "set", f"{self._wire}f", "up")

    def _lay(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self._wire, "type", "veth", "peer", "name", f"{self._wire}f", "netns", self.name)
        _ip("addr", "add", f"{self.near}/30", "dev", self._wire)
        _ip("link", "set", self._wire, "up")
        _ip("-n", self.name, "addr", "add", f"{self.far}/30", "dev", f"{self._wire}f")
        for link in ("lo", f"{self._wire}f"):
            _ip("-n", self.name, "link", "set", link, "up")


def may_lay() -> bool:
    """Whether this process may make networks."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError), Network.laid():
        return True
    return False


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)


class Relay:
    """A network of one wire on loopback. It can be cut (all is refused) or held (nothing goes through any more)."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: set[socket.socket] = set()
        self._ended = False
        self._last: tuple[bytes, bool] | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._in_thread(self._accept, self._listener)

    def cut(self) -> None:
        """Refuse whoever comes, and reset who is there."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Take the wire into use again, where it was."""
        self._flowing.set()
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._in_thread(self._accept, self._listener)

    def hold(self) -> None:
        """Let every connection stand, and nothing through: what a black hole looks like."""
        self._flowing.clear()

    def lose_answer_to(self, words: bytes, *, held: bool) -> None:
        """Let this through, and not what is answered: the wire is held from then on, or this connection is broken."""
        self._last = (words, held)

    def end(self) -> None:
        """Take the wire away."""
        self._ended = True
        self._flowing.set()
        if self._listener.fileno() >= 0:
            self.cut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._in_thread(self._join, near)

    def _join(self, near: socket.socket) -> None:
        self._flowing.wait()
        if self._ended:
            near.close()
            return
        with contextlib.suppress(OSError), near, socket.create_connection(("127.0.0.1", self._target)) as far:
            self._sockets |= {near, far}
            back = self._in_thread(self._carry, far, near)
            self._carry(near, far, asking=True)
            back.join()

    def _carry(self, source: socket.socket, target: socket.socket, *, asking: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                if asking and self._last and self._last[0] in data:
                    self._lose(source)
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _lose(self, near: socket.socket) -> None:
        assert self._last is not None
        (_, held), self._last = self._last, None
        if held:
            self._flowing.clear()
        else:
            near.shutdown(socket.SHUT_RDWR)

    def _in_thread(self, work: Callable[..., None], *given: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=given, daemon=True)
        thread.start()
        return thread
