"""How far a chain overruns its deadline when providers are late, slow or silent, on the real clock.

    python scripts/soak_deadlines.py [--routes 200] [--transport httpx]

Each route goes first to a provider that fails after a while, then to one that does what its row says until long after
the deadline. A plain wait of the same length, in turn with them, says what the machine itself adds. Exit code 0: no
route overran by 20 ms more than the latest plain wait, and no thread was left; 1: one did, or was.
"""

import argparse
import asyncio
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice

from cutover_registry.failover import Failover, Policy
from cutover_registry.providers import ProviderClient, ProviderSpec

HI = [{"role": "user", "content": "hi"}]
DEADLINE = 0.25
ALLOWED = 0.020
MANNERS = ("silent", "slow headers", "slow body", "silent after the first chunk", "no connection")
FORMS = ("run", "run_async", "stream", "stream_async")
JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'
FAILURE = b"HTTP/1.1 503 X\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


def overruns(routes: int, transport: str | None) -> list[str]:
    """Run the routes and print a row for each manner and form; give what is beyond the limit."""
    found: list[str] = []
    plain, worst = 0.0, 0.0
    with _server() as base, _full() as nowhere:
        places = {name: f"{base}/{name.replace(' ', '-')}" for name in ("failing", *MANNERS)}
        places["no connection"] = nowhere
        clients = {name: _client(name, url, transport) for name, url in places.items()}
        rows = [(manner, form) for manner in MANNERS for form in FORMS]
        late: dict[tuple[str, str], list[float]] = {row: [] for row in rows}
        for manner, form in islice(cycle(rows), routes):
            gc.collect()
            plain = max(plain, _plain_wait(form))
            late[manner, form].append(_late(clients, manner, form))
        for each in clients.values():
            _LOOP.run_until_complete(each.aclose())
    for (manner, form), seconds in late.items():
        if seconds:
            print(f"{manner}, {form}: {len(seconds)} routes, overrun at most {max(seconds) * 1000:.1f} ms")
            worst = max(worst, *seconds)
            if max(seconds) > ALLOWED + plain:
                found.append(f"{manner}, {form}: the deadline was overrun by {max(seconds) * 1000:.1f} ms")
    figures = sorted(each for seconds in late.values() for each in seconds)
    print(
        f"deadlines: {routes} routes of {DEADLINE} s, overrun at most {worst * 1000:.1f} ms, "
        f"median {figures[len(figures) // 2] * 1000:.1f} ms; plain waits at most {plain * 1000:.1f} ms"
    )
    return found + _left_behind()


def _plain_wait(form: str) -> float:
    began = time.monotonic()
    if form.endswith("async"):
        _LOOP.run_until_complete(asyncio.sleep(DEADLINE))
    else:
        threading.Event().wait(DEADLINE)
    return time.monotonic() - began - DEADLINE


def _late(clients: dict[str, ProviderClient], manner: str, form: str) -> float:
    chain = Failover(["failing", manner], policy=Policy(deadline=DEADLINE))
    began = time.monotonic()
    try:
        _FORMS[form](chain, clients)
    except TimeoutError:
        return time.monotonic() - began - DEADLINE
    raise AssertionError(f"{manner} answered")


def _run(chain: Failover, clients: dict[str, ProviderClient]) -> None:
    chain.run(lambda name: clients[name].chat(HI, "m"))


def _run_async(chain: Failover, clients: dict[str, ProviderClient]) -> None:
    _LOOP.run_until_complete(chain.run_async(lambda name: clients[name].chat_async(HI, "m")))


def _stream(chain: Failover, clients: dict[str, ProviderClient]) -> None:
    with chain.stream(lambda name: clients[name].stream(HI, "m")) as chunks:
        for _ in chunks:
            pass


def _stream_async(chain: Failover, clients: dict[str, ProviderClient]) -> None:
    async def taken() -> None:
        async with await chain.stream_async(lambda name: clients[name].stream_async(HI, "m")) as chunks:
            async for _ in chunks:
                pass

    _LOOP.run_until_complete(taken())


_FORMS: dict[str, Callable[[Failover, dict[str, ProviderClient]], None]] = {
    "run": _run,
    "run_async": _run_async,
    "stream": _stream,
    "stream_async": _stream_async,
}
_LOOP = asyncio.new_event_loop()


def _client(name: str, url: str, transport: str | None) -> ProviderClient:
    return ProviderClient(ProviderSpec(name, name, url, ("KEY",), None), key="x", transport=transport)


def _left_behind() -> list[str]:
    end = time.monotonic() + 1.0
    while (left := [each.name for each in threading.enumerate() if "attempt" in each.name]) and time.monotonic() < end:
        time.sleep(0.01)
    print(f"threads of attempts that are left: {len(left)}")
    return [f"a thread was left: {name}" for name in left]


@contextmanager
def _full() -> Iterator[str]:
    """A place whose queue of connections is full, so that one more waits for ever."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        held = []
        for _ in range(64):
            one = socket.socket()
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(address)
            held.append(one)
        time.sleep(0.2)
        yield f"http://127.0.0.1:{address[1]}"
        for one in held:
            one.close()


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


async def _serve() -> None:
    server = await asyncio.start_server(_talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            streams = json.loads(await reader.readexactly(length)).get("stream")
            manner = head.split(b" ", 2)[1].split(b"/")[1].decode().replace("-", " ")
            await _answer(writer, manner, STREAM_HEAD if streams else JSON_HEAD)
    writer.close()


async def _answer(writer: asyncio.StreamWriter, manner: str, head: bytes) -> None:
    if manner == "failing":
        await asyncio.sleep(DEADLINE / 3)
        writer.write(FAILURE)
        return
    if manner == "slow headers":
        head = head[:-2] + b"x: " + b"x" * 200 + b"\r\n\r\n"
        await _trickled(writer, head)
    elif manner == "slow body":
        writer.write(head)
        await _trickled(writer, b": \n\n" * 50)
    elif manner == "silent after the first chunk":
        writer.write(head + CHUNK)
    await asyncio.sleep(DEADLINE * 8)


async def _trickled(writer: asyncio.StreamWriter, data: bytes) -> None:
    for each in data:
        writer.write(bytes([each]))
        await writer.drain()
        await asyncio.sleep(0.01)


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--routes", type=int, default=200)
    parser.add_argument("--transport")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve())
    found = overruns(options.routes, options.transport)
    for finding in found:
        print(f"FOUND {finding}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
