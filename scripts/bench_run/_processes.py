"""The processes: the loopback server, and one worker for each contender."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

from bench_worker import Scenario

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("scripts", "registry", "telemetry")
LANES, SENT = 32, 150
REQUEST = b"POST /ok/v1/chat/completions HTTP/1.1\r\nhost: loopback\r\ncontent-length: 2\r\n\r\n{}"


class Failed(Exception):
    """A contender did not do what was asked; the text says what it told."""


def environment(home: str) -> dict[str, str]:
    """What a measured process sees: this checkout, nothing of the user's, no network."""
    return {
        "PATH": os.defpath,
        "HOME": home,
        "LANG": "C.UTF-8",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(str(ROOT / room) for room in ROOMS),
    }


class Process:
    """One module in a process; lines in, lines out. Its standard error is kept for when it fails."""

    def __init__(self, python: Path, module: str, *arguments: str) -> None:
        self._home = tempfile.TemporaryDirectory()
        self._told = (Path(self._home.name) / "stderr").open("w+b")
        self.process = subprocess.Popen(
            [str(python), "-m", f"bench_worker.{module}", *arguments],
            env=environment(self._home.name), cwd=self._home.name,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._told, text=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def line(self) -> str:
        """Its next line; raise Failed with the end of its standard error where it ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self._told.seek(0)
            last = self._told.read().decode(errors="replace").strip().splitlines()
            raise Failed(last[-1][:300] if last else f"it ended with code {self.process.returncode}")
        return line

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self._told.close()
        self._home.cleanup()


class Server(Process):
    """The loopback server.

    Attributes:
        base: Its URL.
    """

    def __init__(self, python: Path) -> None:
        super().__init__(python, "_server")
        self._port = int(self.line())
        self.base = f"http://127.0.0.1:{self._port}"

    def stats(self) -> dict[str, float]:
        """How many requests it answered, and its CPU seconds."""
        with urlopen(f"{self.base}/stats") as answer:
            found: dict[str, float] = json.load(answer)
        return found

    def ceiling(self) -> dict[str, float]:
        """Requests a second that it answers on plain sockets, and that its CPU time alone would allow."""
        before, started = self.stats(), time.perf_counter()
        lanes = [socket.create_connection(("127.0.0.1", self._port)) for _ in range(LANES)]
        for _ in range(SENT):
            for lane in lanes:
                lane.sendall(REQUEST)
            for lane in lanes:
                lane.recv(65536)
        spent = time.perf_counter() - started
        for lane in lanes:
            lane.close()
        after = self.stats()
        requests = after["requests"] - before["requests"]
        return {"measured": requests / spent, "by_cpu": requests / (after["cpu"] - before["cpu"])}


class Worker(Process):
    """One contender."""

    def __init__(self, python: Path, contender: str, base: str) -> None:
        super().__init__(python, "_worker", contender, base)
        self.contender = contender

    def ask(self, scenario: Scenario, calls: int | None) -> dict[str, Any]:
        """Have it make so many calls; without a number, check and warm up. Raises Failed."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"scenario": vars(scenario), "calls": calls}) + "\n")
            self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.line())
        if "error" in found:
            raise Failed(found["error"])
        return found
