"""What telemetry costs: CPU of the gateway's process per call, by how much of telemetry is on, and what a call waits.

One gateway of two providers, behind httpx, before an upstream in a process of its own. The same requests are driven
through it bare and with more and more of telemetry, in turn, in stretches of a part of a second, so that whatever else
the machine does falls on all alike. CPU is that of the whole process: what threads export and store is in it. Each
stretch is compared with the bare one of its own round, and the median of the rounds is told. The last column is a
failover between functions that return at once; there nothing hides what is added.

The second table is about waiting: what a call that does nothing takes by the clock, with a collector that is down and
with a store that somebody else has locked, beside a call with nothing wrong.

Example: ``python scripts/bench_telemetry.py --rounds 8``
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from rich.console import Console

from cutover_cli._console import table
from cutover_cli._demo._servers import free_port
from cutover_registry import ProviderRegistry
from cutover_telemetry import instrument

LIMIT_HAPPY, LIMIT_FAILOVER = 1.30, 150
FULL = "full: spans, metrics, batches, store"
WAITED, PAUSE = 1_500, 0.0005
WAITING = ("p50", "p99", "worst", "worst CPU", "closing")
DOWN = "http://127.0.0.1:9"
KINDS = {
    "happy": ["good"],
    "failover": ["bad", "good"],
    "20-chunk stream": ["stream"],
    "no transport": ["fails", "returns"],
}
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
ANSWER = {
    "id": "1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "word " * 60}}],
    "usage": USAGE,
}
UPSTREAM = f"""
import asyncio, json, sys
ANSWER = json.dumps({ANSWER!r}).encode()
PIECES = [b'data: ' + json.dumps({{"choices": [{{"delta": {{"content": "word " * 10}}}}]}}).encode() + b'\\n\\n'] * 20

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    status = 503 if scope["path"] == "/bad" else 200
    await send({{"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}})
    for piece in PIECES if scope["path"] == "/stream" else ():
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
        await asyncio.sleep(0)
    await send({{"type": "http.response.body", "body": b"" if scope["path"] == "/stream" else ANSWER}})

import uvicorn
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
"""
SITES = {"chat": {"slots": ["make_request"]}, "chat_stream": {"slots": ["make_request_stream"]}}
Application = Callable[..., Any]


class NoExporter(SpanExporter):
    """Takes spans and throws them away: what a batch costs up to the exporter."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        """Throw them away."""
        return SpanExportResult.SUCCESS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit code is 1 if a limit is missed."""
    asked = _parser().parse_args(arguments)
    logging.disable()
    os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with _upstream() as base, tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        figures = asyncio.run(_measured(base, room, rounds=asked.rounds, seconds=asked.seconds))
        waits = asyncio.run(_waits(base, room))
    if asked.json:
        sys.stdout.write(json.dumps({"cpu": figures, "waits": waits}, indent=2) + "\n")
    else:
        _show(figures, waits)
    full = figures[FULL]
    return 0 if full["happy"]["ratio"] <= LIMIT_HAPPY and full["no transport"]["added"] <= LIMIT_FAILOVER else 1


class Room:
    """Where stores are made, each a new one."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def store(self) -> Path:
        """A file that is not there yet."""
        self._count += 1
        return self._folder / f"telemetry-{self._count}.db"


def variants(room: Room) -> dict[str, Callable[[Application], Any] | None]:
    """What is compared: a name, and what instruments the application; None for nothing."""
    return {
        "bare": None,
        "records": lambda app: instrument(app, spans=False),
        "records, store": lambda app: instrument(app, spans=False, store=room.store()),
        "spans, metrics": instrument,
        "spans, metrics, store": lambda app: instrument(app, store=room.store()),
        FULL: lambda app: instrument(app, exporters=[NoExporter()], store=room.store()),
        "the application's providers": lambda app: instrument(
            app, tracer_provider=_tracers(), meter_provider=_meters()
        ),
        "collector down": lambda app: instrument(app, otlp=DOWN),
    }


async def _measured(base: str, room: Room, *, rounds: int, seconds: float) -> dict[str, dict[str, dict[str, float]]]:
    taken: dict[tuple[str, str], list[float]] = {}
    async with httpx.AsyncClient(base_url=base) as client:
        app = _gateway(client)
        for _ in range(rounds):
            for name, make in variants(room).items():
                telemetry = make and make(app)
                served = telemetry.app if telemetry else app
                for kind, chain in KINDS.items():
                    await _driven(served, chain, seconds / 10)
                    taken.setdefault((name, kind), []).append(await _driven(served, chain, seconds))
                    gc.collect()
                if telemetry:
                    telemetry.uninstrument()
    return {name: {kind: _figures(taken, name, kind) for kind in KINDS} for name in variants(room)}


def _figures(taken: dict[tuple[str, str], list[float]], name: str, kind: str) -> dict[str, float]:
    bare, own = taken["bare", kind], taken[name, kind]
    pairs = list(zip(own, bare, strict=True))
    return {
        "cpu": statistics.median(own),
        "added": statistics.median(one - other for one, other in pairs),
        "ratio": statistics.median(one / other for one, other in pairs),
    }


async def _driven(app: Application, chain: list[str], seconds: float) -> float:
    """Microseconds of CPU, all threads together, for each call of a stretch."""
    calls, begun, until = 0, time.process_time_ns(), time.perf_counter() + seconds
    while time.perf_counter() < until:
        await _called(app, chain)
        calls += 1
    return (time.process_time_ns() - begun) / calls / 1000


async def _called(app: Application, chain: list[str]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        pass

    await app({"type": "http", "method": "POST", "chain": chain}, receive, send)


async def _waits(base: str, room: Room) -> dict[str, dict[str, float]]:
    """Milliseconds that a call takes by the clock and in its own thread, with a little room between two calls."""
    found = {}
    async with httpx.AsyncClient(base_url=base) as client:
        app = _gateway(client)
        for name in ("bare", "nothing wrong", "collector down", "store locked"):
            path, holder = room.store(), None
            otlp = DOWN if name == "collector down" else False
            telemetry = None if name == "bare" else instrument(app, otlp=otlp, exporters=[NoExporter()], store=path)
            if name == "store locked":
                holder = sqlite3.connect(path, isolation_level=None)
                holder.execute("BEGIN IMMEDIATE")
            found[name] = await _waited(telemetry.app if telemetry else app)
            if holder is not None:
                holder.close()
            if telemetry is not None:
                begun = time.perf_counter()
                telemetry.uninstrument()
                found[name]["closing"] = 1000 * (time.perf_counter() - begun)
    return found


async def _waited(app: Application) -> dict[str, float]:
    clock, own = [], []
    for _ in range(WAITED):
        began, used = time.perf_counter(), time.thread_time()
        await _called(app, KINDS["no transport"])
        own.append(1000 * (time.thread_time() - used))
        clock.append(1000 * (time.perf_counter() - began))
        time.sleep(PAUSE)
    percentiles = statistics.quantiles(clock, n=100)
    return {"p50": percentiles[49], "p99": percentiles[98], "worst": max(clock), "worst CPU": max(own)}


def _gateway(client: httpx.AsyncClient) -> Application:
    """A gateway as a migrated one is: a loop over providers, calls by the registry, streams passed on."""

    async def ask(_: object, model: str) -> Any:
        answer = await client.post(f"/{model}")
        answer.raise_for_status()
        return answer.json()

    async def instant(_: object, model: str) -> Any:
        if model == "fails":
            raise ConnectionResetError
        return {"usage": USAGE}

    async def stream(_: object, model: str) -> Any:
        async with client.stream("POST", f"/{model}") as answer:
            async for line in answer.aiter_lines():
                if line:
                    yield json.loads(line.removeprefix("data: "))

    module = ModuleType("bench_clients")
    module.ask, module.stream, module.instant = ask, stream, instant  # type: ignore[attr-defined]
    sys.modules["bench_clients"] = module
    slots = {"make_request": "bench_clients:ask", "make_request_stream": "bench_clients:stream"}
    entries = {name: {"sites": "*", "slots": slots} for name in ("good", "bad", "stream")}
    slots = slots | {"make_request": "bench_clients:instant"}
    entries |= {name: {"sites": "*", "slots": slots} for name in ("fails", "returns")}
    registry = ProviderRegistry.from_mapping({"SITES": SITES, "PROVIDER_CONFIGS": entries})
    chat, chat_stream = registry.site("chat"), registry.site("chat_stream")

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200})
        for name in scope["chain"]:
            if name == "stream":
                async for chunk in chat_stream.resolve(name).make_request_stream([], name):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                break
            try:
                await chat.resolve(name).make_request([], name)
                break
            except (httpx.HTTPStatusError, ConnectionResetError):
                continue
        await send({"type": "http.response.body", "body": b""})

    return app


def _tracers() -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(NoExporter()))
    return provider


def _meters() -> MeterProvider:
    return MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False)


@contextmanager
def _upstream() -> Any:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", UPSTREAM, str(port)]) as process:
        base = f"http://127.0.0.1:{port}"
        while True:
            try:
                httpx.post(f"{base}/good", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        try:
            yield base
        finally:
            process.terminate()


def _show(figures: dict[str, dict[str, dict[str, float]]], waits: dict[str, dict[str, float]]) -> None:
    out, shown = Console(), table("added by", *(f"{kind}:right" for kind in KINDS))
    for name, kinds in figures.items():
        if name != "bare":
            shown.add_row(name, *(f"{kinds[kind]['added']:.0f} µs ({kinds[kind]['ratio']:.2f})" for kind in KINDS))
    bare = ", ".join(f"{kind} {figures['bare'][kind]['cpu']:.0f} µs" for kind in KINDS)
    out.print(
        f"bare: {bare} of CPU a call; full may add {LIMIT_FAILOVER} µs to a failover, and a ratio of {LIMIT_HAPPY}"
    )
    out.print(shown)
    waiting = table("a call that does nothing, ms", *(f"{each}:right" for each in WAITING))
    for name, found in waits.items():
        waiting.add_row(name, *(f"{found[each]:.2f}" if each in found else "" for each in WAITING))
    out.print(waiting)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What telemetry costs, as CPU per call.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6, help="of each stretch")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
