"""What the recorder adds to a served request: the same gateway bare, recorded, and recorded while the disk stalls.

All three are served at once and driven in turn, 200 requests a second, in short rounds; each figure is a median over
the rounds. A stalled disk is a recording process that is stopped. The upstream takes 50 ms, as a quick provider does.

Example: ``python scripts/bench_recorder.py --rounds 8``
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bench_served import at, drive, processor, served, upstream
from cutover_cli._console import table

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


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        ports = serve_all(Path(folder), servers)
        found: dict[str, list[list[float]]] = {name: [] for name in ports}
        asyncio.run(drive(ports["bare"][0], 1.0, rate=RATE))
        before = {name: cpu(process.pid) for name, (_, process) in ports.items()}
        for number in range(asked.rounds):
            names = list(ports)
            for name in names[number % 3 :] + names[: number % 3]:
                found[name].append(sorted(asyncio.run(drive(ports[name][0], asked.seconds, rate=RATE))))
        used = {name: cpu(process.pid) - before[name] for name, (_, process) in ports.items()}
        show(found, used)
    return 0


def serve_all(folder: Path, servers: ExitStack) -> dict[str, tuple[int, subprocess.Popen[bytes]]]:
    """Start the upstream and the three gateways."""
    (folder / "bench_gateway.py").write_text(GATEWAY)
    (folder / "bench_upstream.py").write_text(upstream(PAUSE))
    source = servers.enter_context(served("bench_upstream", folder, {}))[0]
    env = {"UPSTREAM": f"http://127.0.0.1:{source}"}
    ports = {"bare": servers.enter_context(served("bench_gateway", folder, env))}
    for name in ("recorded", "stalled"):
        record = [sys.executable, "-m", "cutover_cli", "record", "-o", str(folder / f"{name}.jsonl"), "--"]
        port, process = ports[name] = servers.enter_context(served("bench_gateway", folder, env, before=record))
        asyncio.run(drive(port, 1.0, rate=RATE))
        if name == "stalled":
            process.send_signal(signal.SIGSTOP)
            servers.callback(process.send_signal, signal.SIGCONT)
    return ports


def cpu(pid: int) -> float:
    """Seconds of processor time of the process that serves: this one, or the one that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return processor(int(children[0]) if children else pid)


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


if __name__ == "__main__":
    sys.exit(main())
