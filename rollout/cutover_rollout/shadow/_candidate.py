"""The companion's hold on the candidate's process: started, asked, killed when it hangs, started again, ever later."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cutover_parity.alongside import frame
from cutover_rollout.shadow._budgets import Budgets

Json: TypeAlias = Any
START_UP = 120.0
AGAIN = 1.0
LATEST = 300.0
STARVED = 4
LOOK_EVERY = 64
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Gone:
    """The candidate ended or was killed.

    Attributes:
        why: ``hung`` or ``died``.
        running: Which arm ran, ``candidate`` or ``control``; empty before any did.
        same: Whether both arms have the same function.
    """

    why: str
    running: str = ""
    same: bool = False


class Candidate:
    """One process at a time; `walls` and `trouble` say how it stands."""

    def __init__(self, told: Json, budgets: Budgets) -> None:
        self._told, self._budgets = told, budgets
        self._process: subprocess.Popen[bytes] | None = None
        self._known = b""
        self._loaded: dict[str, str] = {}
        self._next, self._pause = 0.0, AGAIN
        self._asked = 0
        self.restarts = -1
        self.walls: tuple[str, ...] = ()
        self.trouble = ""

    def ready(self, module: str) -> bool:
        """Whether it can be asked about a module; starts it, unless it rests."""
        if self._process is None and (time.monotonic() < self._next or not self._start()):
            return False
        if module not in self._loaded:
            reply = self._ask({"load": module}, START_UP)
            if isinstance(reply, Gone):
                self.trouble = f"importing {module}: it {reply.why}"
                return False
            self._loaded[module] = reply["failed"]
        self.trouble = self._loaded[module] and f"importing {module}: {self._loaded[module]}"
        return not self.trouble

    def ask(self, job: Json, seconds: float) -> Json | Gone:
        """Have one call compared within this time."""
        reply = self._ask(job, seconds)
        if not isinstance(reply, Gone):
            self._pause = AGAIN
            self._asked += 1
            if self._asked % LOOK_EVERY == 0 and self._size() > self._budgets.memory // 2:
                self.close()
        return reply

    def close(self) -> None:
        """End the process, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _start(self) -> bool:
        self.restarts += 1
        self._known, self._loaded, self._asked = b"", {}, 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cutover_rollout.shadow.candidate"],
            env={**os.environ, "CUTOVER_ARM": "registry", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        reply = self._ask({**self._told, "memory": self._budgets.memory}, START_UP)
        if isinstance(reply, Gone):
            self.trouble = f"it {reply.why} before it began"
            return False
        self.walls = tuple(reply["walls"])
        return True

    def _ask(self, what: Json, seconds: float) -> Json | Gone:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        running: Json = {}
        try:
            process.stdin.write(frame(what))
            process.stdin.flush()
            for said in self._frames(process, seconds):
                if "running" not in said:
                    return said
                running = said
            why = "died"
        except (BrokenPipeError, ValueError):
            why = "died"
        except TimeoutError:
            why = "hung"
        self._rest()
        return Gone(why, running.get("running", ""), running.get("same", False))

    def _frames(self, process: subprocess.Popen[bytes], seconds: float) -> Iterator[Json]:
        """The frames that it writes; raises TimeoutError where the last is late, ends where it does."""
        assert process.stdout is not None
        with _selector(process.stdout.fileno()) as selector:
            used, patience = self._processor(process.pid), STARVED
            until = time.monotonic() + seconds
            while True:
                while (found := self._whole()) is not None:
                    yield found
                if not selector.select(max(0.0, until - time.monotonic())):
                    patience -= 1
                    if (
                        not patience
                        or self._processor(process.pid) - used >= seconds
                        or not self._runnable(process.pid)
                    ):
                        raise TimeoutError
                    until += seconds
                    continue
                data = os.read(process.stdout.fileno(), _CHUNK)
                if not data:
                    return
                self._known += data

    def _whole(self) -> Json | None:
        end = 4 + int.from_bytes(self._known[:4], "big")
        if len(self._known) < 4 or len(self._known) < end:
            return None
        payload, self._known = self._known[4:end], self._known[end:]
        return json.loads(payload)

    def _rest(self) -> None:
        self.close()
        self._next = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LATEST)

    def _size(self) -> int:
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]  # type: ignore[union-attr]
        except (OSError, AttributeError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _processor(self, pid: int) -> float:
        fields = _stat(pid)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0

    def _runnable(self, pid: int) -> bool:
        fields = _stat(pid)
        return bool(fields) and fields[0] == "R"


@contextmanager
def _selector(file: int) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        yield selector


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
