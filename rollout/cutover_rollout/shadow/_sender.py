"""The way from a served process to its companion: a socket that takes a message at once, or drops it.

What waits, waits in the kernel and in the companion, so that the served process holds nothing. The companion is started
by a thread; while there is none, nothing is shadowed. One that ends is started again, later each time.
"""

import contextvars
import errno
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import cutover_parity
import cutover_registry
import cutover_rollout
from cutover_rollout.shadow._budgets import LARGEST, Budgets

PACKAGES = (cutover_rollout, cutover_parity, cutover_registry)
AGAIN = 2.0  # seconds
LATEST = 300.0  # seconds
HIDDEN = ("CUTOVER_RECORD", "CUTOVER_TELEMETRY", "CUTOVER_SHADOW", "CUTOVER_WRAP")
_FAREWELL = 2.0
_TOO_LARGE = frozenset({errno.EMSGSIZE, errno.ENOBUFS})
_KIND = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)


class Sender:
    """Hands messages over; `drops` counts what was not, by reason, until it is told."""

    def __init__(self, folder: Path, budgets: Budgets) -> None:
        self._folder, self._budgets = folder.absolute(), budgets
        self.drops: Counter[str] = Counter()
        self._thread: threading.Thread | None = None
        self._begin()

    @property
    def ready(self) -> bool:
        """Whether there is a companion; if not, see to it that there will be."""
        if self._socket is None and not self._ended and time.monotonic() >= self._next:
            self.start()
        return self._socket is not None

    def start(self) -> None:
        """Start a companion, in a thread of its own."""
        with self._starting:
            if self._ended or self._socket is not None or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._start, name="cutover-shadow", daemon=True)
            contextvars.Context().run(self._thread.start)

    def send(self, message: list[bytes]) -> bool:
        """Hand a message over; when there is no room for it at once, it is dropped and counted."""
        connection = self._socket
        if connection is None:
            return False
        try:
            connection.sendmsg(message, (), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except BlockingIOError:
            self.drops["dropped: the queue is full"] += 1
            return False
        except OSError as error:
            if error.errno in _TOO_LARGE:
                self.drops["dropped: larger than the budget"] += 1
            else:
                self._lost()
            return False
        return True

    def told(self) -> Mapping[str, int]:
        """Give the drops since the last time."""
        told, self.drops = self.drops, Counter()
        return told

    def close(self) -> None:
        """Let the companion finish what it has, and start no other."""
        self._ended = True
        if self._thread is not None:
            self._thread.join(_FAREWELL)
        self._lost()

    def wait(self, seconds: float) -> bool:
        """Wait until the companion has ended; say whether it has."""
        process = self._process
        if process is None:
            return True
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def forked(self) -> None:
        """Begin anew in a process that was forked off: the companion is the parent's."""
        held, process = self._socket, self._process
        if held is not None:
            held.close()
        if process is not None:
            process.returncode = 0
        self.drops.clear()
        self._begin()

    def _begin(self) -> None:
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._thread = None
        self._next, self._pause = 0.0, AGAIN
        self._ended = False

    def _lost(self) -> None:
        held, self._socket = self._socket, None
        if held is not None:
            held.close()
        self._next = time.monotonic() + self._pause * random.uniform(0.5, 1)  # noqa: S311  not a secret
        self._pause = min(2 * self._pause, LATEST)

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, _KIND)
        with suppress(OSError):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LARGEST)
        before = self._process
        if before is not None:
            before.poll()
        try:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
                [sys.executable, "-P", "-m", "cutover_rollout.shadow.companion", self._told_companion(theirs)],
                cwd="/",
                env=companion_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError:
            ours.close()
            self._lost()
            return
        finally:
            theirs.close()
        self._socket = ours

    def _told_companion(self, theirs: socket.socket) -> str:
        told: dict[str, Any] = {
            "socket": theirs.fileno(),
            "folder": str(self._folder),
            "budgets": self._budgets.to_json(),
            "cwd": os.getcwd(),
            "path": [entry for entry in sys.path if isinstance(entry, str)],
        }
        return json.dumps(told)


def companion_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, in which our packages are found and nothing is observed in turn."""
    ours = dict.fromkeys(str(Path(str(package.__file__)).parents[1]) for package in PACKAGES)
    path = os.pathsep.join([*ours, *filter(None, [environment.get("PYTHONPATH")])])
    return {**{name: value for name, value in environment.items() if name not in HIDDEN}, "PYTHONPATH": path}
