"""One run: the example gateway migrated as the demo does it, processes started, driven, ended and reckoned with."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos_run._drive import HUNG_UP, Chaos, drive
from chaos_run._reckon import Evidence, Finding, reckon
from cutover_cli._demo._servers import free_port
from cutover_cli._demo._stage import Stage
from cutover_migrate import apply_plan, make_plan, plan_json, scan_paths
from cutover_telemetry.store import Store

READ_TIMEOUT = 0.5
FAREWELL = 60.0
ROOM = Path(__file__).resolve().parents[1]


def run(chaos: Chaos, folder: Path, *, told: Callable[[int], None] = lambda _: None) -> list[Finding]:
    """Do it in this folder; what has to hold, and whether it did."""
    stage = Stage.make(folder)
    plan = make_plan(scan_paths([stage.gateway / "src"], root=stage.gateway))
    apply_plan(stage.gateway, plan_json(plan))
    store = Store.open(stage.folder / "telemetry.db")
    switch = stage.gateway / ".cutover" / "switch.json"
    results = [stage.folder / f"worker-{place}.json" for place in range(chaos.workers)]
    with ExitStack() as stack:
        upstream = stack.enter_context(_process(["-m", "chaos_run._upstream"], folder=ROOM))
        assert upstream.stdout is not None
        address = f"http://127.0.0.1:{int(upstream.stdout.readline())}"
        environment = {
            "UPSTREAM_BASE_URL": address, "UPSTREAM_READ_TIMEOUT": str(READ_TIMEOUT), "LOG_LEVEL": "CRITICAL",
            "CUTOVER_SWITCH_FILE": str(switch), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOM),
        }  # fmt: skip
        with ExitStack() as gateways:
            ports = [free_port() for _ in results]
            for port, result in zip(ports, results, strict=True):
                command = ["-P", "-m", "chaos_run._serve", str(port), str(store.path), str(result)]
                gateways.enter_context(_process(command, folder=stage.gateway, environment=environment, port=port))
            bases = [f"http://127.0.0.1:{port}" for port in ports]
            sent = asyncio.run(drive(chaos, bases, switch, told=told))
        reached = json.loads(upstream.communicate(timeout=FAREWELL)[0])
    workers = [json.loads(result.read_text()) for result in results]
    found = reckon(Evidence.of(store, workers, reached, sent.numbers))
    statuses = ", ".join(f"{status} {count}" for status, count in sorted(sent.statuses.items()))
    answered = f"{len(sent.numbers):,} in {sent.seconds:.0f} s: {statuses}"
    lost = [
        f"{count} callers: {told}" for told, count in sent.statuses.items() if not (told.isdecimal() or told == HUNG_UP)
    ]
    return [Finding("every caller was answered or hung up", answered, tuple(lost)), *found]


@contextmanager
def _process(
    arguments: list[str], *, folder: Path, environment: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A Python process; one that listens on a port is asked to end, and waited for."""
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            if port is not None:
                _wait(process, port)
            yield process
        finally:
            if port is not None:
                process.terminate()
                process.wait(FAREWELL)
            elif process.poll() is None:
                process.kill()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + FAREWELL
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"a gateway process did not listen on port {port}")
