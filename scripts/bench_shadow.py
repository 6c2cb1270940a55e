"""What a shadow adds to a served request, and whether it holds memory: the same gateway bare and shadowed.

All gateways are served at once and driven in turn at a fixed rate, in short rounds; the figure is the difference of the
shadowed gateway's p99 and the bare one's in the same round, as a median over the rounds. The candidates are one that
does the same, one that hangs, one that raises and one whose stream does not end. `--routes` drives so many routes
through one shadowed gateway instead, and looks at its memory.

Example: ``python scripts/bench_shadow.py --rounds 8`` or ``python scripts/bench_shadow.py --routes 100000``
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from bench_served import BODY, HEAD, at, drive, processor, served, upstream
from cutover_cli._console import table
from cutover_rollout.shadow import shadow_pairs, shadow_status

RATE = 50
PAUSE = 0.02
KINDS = ("same", "hangs", "raises", "endless")
GATEWAY = """
import httpx, json, os
from cutover_registry import ProviderRegistry, use_registry
from cutover_rollout.shadow import Budgets, start_shadow

limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
client = httpx.AsyncClient(timeout=60, base_url=os.environ["UPSTREAM"], limits=limits)

async def ask(messages, model):
    async with client.stream("POST", "/v1/chat", json={"model": model, "messages": messages}) as answer:
        async for chunk in answer.aiter_raw():
            yield chunk

async def same(messages, model):
    async for chunk in ask(messages, model):
        yield chunk

async def hangs(messages, model):
    while True:
        pass
    yield b""

async def raises(messages, model):
    raise KeyError(model)
    yield b""

async def endless(messages, model):
    while True:
        yield b"again"

candidate = os.environ.get("CANDIDATE", "same")
(CHAT,) = ProviderRegistry.from_mapping({
    "SITES": {"chat": {"slots": ["make_request_stream"]}},
    "PROVIDER_CONFIGS": {"near": {"sites": ["chat"], "slots": {"make_request_stream": f".{candidate}"}}},
}).bind(globals(), "chat")

async def serve(scope, receive, send):
    if scope["type"] != "http":
        return
    asked = json.loads((await receive())["body"])
    messages, model, provider = asked["messages"], asked["model"], asked["provider"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if use_registry(CHAT, provider):
        provider_config = CHAT.resolve(provider)
        stream = provider_config.make_request_stream(messages, model)
    elif provider == "near":
        stream = ask(messages, model)
    async for chunk in stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})

app = serve
if "SHADOW" in os.environ:
    shadow = start_shadow(os.environ["SHADOW"], Budgets(per_second=float(os.environ["PER_SECOND"]), seconds=1))
    app = shadow.wrap(serve)
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--routes", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        if asked.routes:
            memory(Path(folder), servers, asked.routes)
        else:
            added(Path(folder), servers, rounds=asked.rounds, seconds=asked.seconds)
    return 0


def added(folder: Path, servers: ExitStack, *, rounds: int, seconds: float) -> None:
    """Measure what is added, for each kind of candidate."""
    ports = {"bare": start(folder, servers, None), "bare again": start(folder, servers, None)}
    ports |= {kind: start(folder, servers, kind) for kind in KINDS}
    found: dict[str, list[list[float]]] = {name: [] for name in ports}
    for port, _ in ports.values():
        asyncio.run(drive(port, 1.0, rate=RATE))
    before = {name: processor(process.pid) for name, (_, process) in ports.items()}
    names = list(ports)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(sorted(asyncio.run(drive(ports[name][0], seconds, rate=RATE))))
    used = {name: processor(process.pid) - before[name] for name, (_, process) in ports.items()}
    show(found, used, folder)


def memory(folder: Path, servers: ExitStack, routes: int) -> None:
    """Drive so many routes through one shadowed gateway and print its memory along the way."""
    port, process = start(folder, servers, "same", per_second=10_000)
    rows = table("routes:right", "gateway, MiB:right", "companion, MiB:right", "candidate, MiB:right", "pairs:right")
    done = 0
    while done < routes:
        done += asyncio.run(flood(port, min(max(1, routes // 10), routes - done)))
        pairs = sum(minute.pairs for minute in shadow_pairs(folder / "same" / "counts.db", until=2**40))
        sizes = [size(pid) for pid in family(process.pid)]
        rows.add_row(f"{done:,}", *(f"{each:.1f}" for each in ([*sizes, 0, 0, 0])[:3]), f"{pairs:,}")
    Console().print(rows)
    print(dict(shadow_status(folder / "same" / "counts.db").tallies))


def start(
    folder: Path, servers: ExitStack, kind: str | None, *, per_second: float = 1000
) -> tuple[int, subprocess.Popen[bytes]]:
    """Start one gateway, and the upstream with the first."""
    if not (folder / "bench_gateway.py").exists():
        (folder / "bench_gateway.py").write_text(GATEWAY)
        (folder / "bench_upstream.py").write_text(upstream(PAUSE))
        (folder / "port").write_text(str(servers.enter_context(served("bench_upstream", folder, {}))[0]))
    env = {"UPSTREAM": f"http://127.0.0.1:{(folder / 'port').read_text()}"}
    if kind is not None:
        env |= {"SHADOW": str(folder / kind), "CANDIDATE": kind, "PER_SECOND": str(per_second)}
    return servers.enter_context(served("bench_gateway", folder, env))


async def flood(port: int, routes: int, *, at_once: int = 8) -> int:
    """Drive so many routes, some at once, as fast as they are answered."""
    left = iter(range(routes))

    async def some() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(HEAD.encode() + BODY)
            await reader.readuntil(b"\r\n0\r\n\r\n")
        writer.close()

    await asyncio.gather(*(some() for _ in range(at_once)))
    return routes


def family(pid: int) -> list[int]:
    """A process, its child and the child of that: gateway, companion, candidate."""
    found = [pid]
    while len(found) < 3:
        tasks = Path(f"/proc/{found[-1]}/task").glob("*/children")
        children = [int(child) for task in tasks for child in task.read_text().split()]
        if not children:
            break
        found.append(children[0])
    return found


def size(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def show(found: dict[str, list[list[float]]], used: dict[str, float], folder: Path) -> None:
    """Print medians over the rounds, and what was added to the bare request in the same round."""
    rows = table(
        "candidate",
        "p50:right",
        "p99:right",
        "added p50:right",
        "added p99:right",
        "CPU a request:right",
        "pairs:right",
    )
    for name, rounds in found.items():
        cells = []
        for share in (0.5, 0.99):
            extra = [at(took, share) - at(bare, share) for took, bare in zip(rounds, found["bare"], strict=True)]
            cells.append((statistics.median(at(took, share) for took in rounds), statistics.median(extra)))
        counts = folder / name / "counts.db"
        pairs = sum(each.pairs for each in shadow_pairs(counts, until=2**40)) if counts.exists() else 0
        cpu = 1000 * used[name] / sum(map(len, rounds))
        told = [f"{1000 * cells[0][0]:.1f} ms", f"{1000 * cells[1][0]:.1f} ms"]
        told += [f"{1000 * cells[0][1]:+.2f} ms", f"{1000 * cells[1][1]:+.2f} ms", f"{cpu:.2f} ms", str(pairs)]
        rows.add_row(name, *told)
    Console().print(rows)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
