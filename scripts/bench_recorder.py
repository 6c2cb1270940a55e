"""What the recorder adds to a served request: the same gateway bare, recorded, and recorded while the disk stalls.

All three are served at once and driven in turn, 200 requests a second, in short rounds; each figure is a median over
the rounds. A stalled disk is a recording process that is stopped. The upstream takes 50 ms, as a quick provider does.

Example: ``python scripts/bench_recorder.py --rounds 8``
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from cutover_cli._console import table
from cutover_cli._demo._servers import free_port

RATE = 200
PAUSE = 0.05
GATEWAY = """
import httpx, os
limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
client = httpx.AsyncClient(timeout=60, base_url=os.environ["UPSTREAM"], limits=limits)

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    async with client.stream("POST", "/v1/chat", content=body) as answer:
        async for chunk in answer.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
"""
UPSTREAM = f"""
import asyncio
PIECES = [b'data: {{"choices": [{{"delta": {{"content": "' + b"word " * 10 + b'"}}}}]}}\\n\\n' for _ in range(20)]

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await asyncio.sleep({PAUSE})
    await send({{"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}})
    for piece in PIECES:
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
    await send({{"type": "http.response.body", "body": b""}})
"""
BODY = b'{"model": "m", "provider": "p", "messages": [{"role": "user", "content": "' + b"ask " * 400 + b'"}]}'
HEAD = f"POST /v1/chat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        ports = serve_all(Path(folder), servers)
        found: dict[str, list[list[float]]] = {name: [] for name in ports}
        asyncio.run(drive(ports["bare"][0], 1.0))
        before = {name: cpu(process.pid) for name, (_, process) in ports.items()}
        for number in range(asked.rounds):
            names = list(ports)
            for name in names[number % 3 :] + names[: number % 3]:
                found[name].append(sorted(asyncio.run(drive(ports[name][0], asked.seconds))))
        used = {name: cpu(process.pid) - before[name] for name, (_, process) in ports.items()}
        show(found, used)
    return 0


def serve_all(folder: Path, servers: ExitStack) -> dict[str, tuple[int, subprocess.Popen[bytes]]]:
    """Start the upstream and the three gateways."""
    (folder / "bench_gateway.py").write_text(GATEWAY)
    (folder / "bench_upstream.py").write_text(UPSTREAM)
    upstream = servers.enter_context(served("bench_upstream", folder, {}))[0]
    env = {"UPSTREAM": f"http://127.0.0.1:{upstream}"}
    ports = {"bare": servers.enter_context(served("bench_gateway", folder, env))}
    for name in ("recorded", "stalled"):
        record = [sys.executable, "-m", "cutover_cli", "record", "-o", str(folder / f"{name}.jsonl"), "--"]
        port, process = ports[name] = servers.enter_context(served("bench_gateway", folder, env, before=record))
        asyncio.run(drive(port, 1.0))
        if name == "stalled":
            process.send_signal(signal.SIGSTOP)
            servers.callback(process.send_signal, signal.SIGCONT)
    return ports


@contextmanager
def served(
    module: str, folder: Path, env: dict[str, str], *, before: list[str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve a module's application in a process of its own; give its port."""
    port = free_port()
    serve = [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port), "--log-level", "critical"]
    serve += ["--timeout-keep-alive", "900"]
    process = subprocess.Popen([*(before or []), *serve], cwd=folder, env={**os.environ, **env})
    try:
        asyncio.run(until_up(port))
        yield port, process
    finally:
        process.terminate()
        process.wait()


async def until_up(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def drive(port: int, seconds: float) -> list[float]:
    """Send at a fixed rate, whatever is answered; give the seconds of each request."""
    idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
    took: list[float] = []

    async def one() -> None:
        began = time.perf_counter()
        reader, writer = idle.get_nowait() if idle.qsize() else await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD.encode() + BODY)
        await reader.readuntil(b"\r\n0\r\n\r\n")
        took.append(time.perf_counter() - began)
        idle.put_nowait((reader, writer))

    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in itertools.count():
            due = start + number / RATE
            if due >= start + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one())
    while idle.qsize():
        idle.get_nowait()[1].close()
    return took


def cpu(pid: int) -> float:
    """Seconds of processor time of the process that serves: this one, or the one that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{children[0] if children else pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(found: dict[str, list[list[float]]], used: dict[str, float]) -> None:
    """Print medians over the rounds, and what was added to the bare request in the same round."""
    rows = table("gateway", "p50:right", "p99:right", "added p50:right", "added p99:right", "CPU a request:right")
    for name, rounds in found.items():
        shares = []
        for share in (0.5, 0.99):
            ours = [at(took, share) for took in rounds]
            added = [at(took, share) / at(bare, share) - 1 for took, bare in zip(rounds, found["bare"], strict=True)]
            shares.append((f"{1000 * statistics.median(ours):.1f} ms", f"{100 * statistics.median(added):+.1f} %"))
        each = 1000 * used[name] / sum(len(took) for took in rounds)
        rows.add_row(name, shares[0][0], shares[1][0], shares[0][1], shares[1][1], f"{each:.2f} ms")
    Console().print(rows)


def at(took: list[float], share: float) -> float:
    """The quantile of sorted figures."""
    return took[min(len(took) - 1, int(len(took) * share))]


if __name__ == "__main__":
    sys.exit(main())
