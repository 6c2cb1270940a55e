"""The demo's two servers on loopback, each in a process of its own: the fake upstream, the gateway with telemetry.

Example: ``with upstream(stage) as url: …``
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cutover_cli._demo._stage import APP, Stage

PATIENCE = 120.0
FAREWELL = 10.0


class ServerDidNotStart(Exception):
    """A server of the demo ended, or did not listen in time; its last words are in the message."""


@contextmanager
def upstream(stage: Stage) -> Iterator[str]:
    """The bundled fake upstream; gives its base URL."""
    port = free_port()
    command = [sys.executable, str(stage.upstream), "--port", str(port)]
    with _running(command, port=port, folder=stage.folder, environment={}):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def gateway(root: Path, upstream_url: str, *, switch: Path, store: Path) -> Iterator[str]:
    """The gateway of a tree with telemetry, kept in a store; gives its base URL."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "cutover_cli._demo.serve", APP, str(port), str(store)]
    environment = {
        "UPSTREAM_BASE_URL": upstream_url, "CUTOVER_SWITCH_FILE": str(switch), "LOG_LEVEL": "CRITICAL",
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    with _running(command, port=port, folder=root, environment=environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def rollout_worker(root: Path, upstream_url: str, options: str) -> Iterator[str]:
    """The gateway of a tree as a worker of a rollout; gives its base URL."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "cutover_cli._demo.serve_rollout", APP, str(port), options]
    environment = {"UPSTREAM_BASE_URL": upstream_url, "LOG_LEVEL": "CRITICAL", "PYTHONDONTWRITEBYTECODE": "1"}
    with _running(command, port=port, folder=root, environment=environment):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def _running(command: Sequence[str], *, port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
        try:
            _wait(process, port, words)
            yield
        finally:
            process.terminate()
            try:
                process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, words: object) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    words.seek(0)  # type: ignore[attr-defined]
    raise ServerDidNotStart(words.read()[-2000:].decode(errors="replace"))  # type: ignore[attr-defined]
