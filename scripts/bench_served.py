"""What the benches of a served gateway share: a quick streaming upstream, a server process, a driver at a fixed rate.

The upstream is an ASGI module that takes its pause as it is written; a request goes over a connection that is kept.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cutover_cli._demo._servers import free_port

BODY = b'{"model": "m", "provider": "near", "messages": [{"role": "user", "content": "' + b"ask " * 400 + b'"}]}'
HEAD = f"POST /v1/chat HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"


def upstream(pause: float) -> str:
    """The module of an upstream that answers 20 chunks after so many seconds."""
    return f"""
import asyncio
PIECES = [b'data: {{"choices": [{{"delta": {{"content": "' + b"word " * 10 + b'"}}}}]}}\\n\\n' for _ in range(20)]

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await asyncio.sleep({pause})
    await send({{"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}})
    for piece in PIECES:
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
    await send({{"type": "http.response.body", "body": b""}})
"""


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
    for _ in range(1200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


async def drive(port: int, seconds: float, *, rate: float) -> list[float]:
    """Send at a fixed rate, whatever is answered; give the seconds of each request."""
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    took: list[float] = []

    async def one() -> None:
        began = time.perf_counter()
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD.encode() + BODY)
        await reader.readuntil(b"\r\n0\r\n\r\n")
        took.append(time.perf_counter() - began)
        idle.append((reader, writer))

    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in itertools.count():
            due = start + number / rate
            if due >= start + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one())
    for _, writer in idle:
        writer.close()
    return took


def processor(pid: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at(took: list[float], share: float) -> float:
    """The quantile of sorted figures."""
    return took[min(len(took) - 1, int(len(took) * share))]
