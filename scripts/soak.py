"""The registry and the provider clients under load for a while: no torn read, no thread, descriptor or byte too many.

    python scripts/soak.py [--seconds 60] [--calls 10000] [--routes 200] [--transport aiohttp]

Exit code 0: nothing was found; 1: something was, and it is printed.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

from cutover_registry import ProviderConfig, ProviderRegistry, Tables, UnknownProvider
from cutover_registry.providers import ProviderCallError, ProviderClient, ProviderSpec
from soak_deadlines import overruns

READERS, WRITERS = 16, 2
HI = [{"role": "user", "content": "hi"}]
ANSWER = json.dumps(
    {"id": "x", "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}]}
).encode()
CHUNK = b'data: {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'


def tables(generation: int) -> Tables:
    """Tables in which every provider bears its generation twice, so that a torn read shows."""
    entries = {
        f"p{number}": {"timeout": generation, "values": {"generation": generation}, "sites": ["chat"]}
        for number in range(22)
        if generation % 3 or number % 2
    }
    return Tables.from_mapping(
        {"SITES": {"chat": {"slots": [], "values": ["generation"]}}, "PROVIDER_CONFIGS": entries}
    )


def soak_registry(seconds: float) -> list[str]:
    """Read in sixteen threads while two register and reload; give what was torn."""
    registry = ProviderRegistry(tables(1))
    (site,) = registry.bind({}, "chat")
    end = time.monotonic() + seconds
    found: list[str] = []
    reads = [0] * READERS

    def read(place: int) -> None:
        while time.monotonic() < end:
            for number in range(22):
                torn = _torn(registry, site, f"p{number}")
                if torn:
                    found.append(torn)
                reads[place] += 1

    def write(first: int) -> None:
        generation = first
        while time.monotonic() < end:
            generation += WRITERS
            registry.reload(tables(generation))
            registry.register(ProviderConfig(f"own{first}", timeout=generation, sites=()), replace=True)

    _run(
        [
            *(lambda place=place: read(place) for place in range(READERS)),
            *(lambda first=first: write(first) for first in range(1, 1 + WRITERS)),
        ]
    )
    print(f"registry: {sum(reads)} reads in {READERS} threads beside {WRITERS} writers, {len(found)} torn")
    return found[:5]


def _torn(registry: ProviderRegistry, site: object, name: str) -> str:
    try:
        config = registry.get(name)
        bound = site.resolve(name)  # type: ignore[attr-defined]
    except UnknownProvider:
        return ""
    except Exception as error:  # noqa: BLE001 - any other error is a finding
        return f"{name}: {type(error).__name__}: {error}"
    if config.timeout != config.values["generation"]:
        return f"{name}: timeout {config.timeout}, generation {config.values['generation']}"
    return "" if bound.timeout == bound.generation else f"{name} at its site: {bound.timeout}, {bound.generation}"


def soak_clients(calls: int, transport: str | None) -> list[str]:
    """Call with 0, 50 and 100 % failures, and cancel streams; give what was left behind."""
    found: list[str] = []
    with _Upstream() as upstream:
        spec = ProviderSpec("near", "Near", upstream.url, ("KEY",), None)
        for share in (0, 50, 100):
            upstream.failing = share
            found += _balance(calls, f"calls, {share} % failing", lambda count: _plain(spec, count, transport))
            found += _balance(
                calls,
                f"asynchronous calls, {share} % failing",
                lambda count: asyncio.run(_async(spec, count, transport)),
            )
        found += _balance(
            1000, "streams that were left early", lambda count: asyncio.run(_cancelled(spec, count, transport))
        )
        end = time.monotonic() + 5
        while upstream.open and time.monotonic() < end:
            time.sleep(0.05)
        if upstream.open:
            found.append(f"{upstream.open} connections are still open")
    return found


def _plain(spec: ProviderSpec, calls: int, transport: str | None) -> None:
    client = ProviderClient(spec, key="x", transport=transport)
    for _ in range(calls):
        try:
            client.chat(HI, "m")
        except ProviderCallError:
            continue
    client.close()


async def _async(spec: ProviderSpec, calls: int, transport: str | None) -> None:
    client = ProviderClient(spec, key="x", transport=transport)

    async def some(count: int) -> None:
        for _ in range(count):
            try:
                await client.chat_async(HI, "m")
            except ProviderCallError:
                continue

    await asyncio.gather(*(some(calls // 16) for _ in range(16)))


async def _cancelled(spec: ProviderSpec, streams: int, transport: str | None) -> None:
    client = ProviderClient(spec, key="x", transport=transport)

    async def one(number: int) -> None:
        stream = await client.stream_async(HI, "m")
        await anext(stream)
        if number % 2:
            await stream.aclose()
            return
        task = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    for start in range(0, streams, 16):
        await asyncio.gather(*(one(number) for number in range(start, min(start + 16, streams))))


def _balance(count: int, what: str, work: Callable[[int], None]) -> list[str]:
    """Compare what is held after a tenth of the work, when everything is in place, with what is held after it all."""
    title = f"{count} {what}"
    work(max(count // 10, 160))
    before = _held()
    work(count)
    after = _held()
    names = ("threads", "descriptors", "KiB")
    allowed = (0, 0, 2048)
    print(f"{title}: " + ", ".join(f"{name} {a} -> {b}" for name, a, b in zip(names, before, after, strict=True)))
    return [
        f"{title}: {name} grew from {a} to {b}"
        for name, a, b, more in zip(names, before, after, allowed, strict=True)
        if b > a + more
    ]


def _held() -> tuple[int, int, int]:
    gc.collect()
    time.sleep(0.3)
    with open("/proc/self/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    mine = [thread for thread in threading.enumerate() if "process_request" not in thread.name]
    return len(mine), len([name for name in os.listdir("/proc/self/fd") if _is_own(name)]), resident


def _is_own(name: str) -> bool:
    try:
        return not os.readlink(f"/proc/self/fd/{name}").startswith("/proc")
    except OSError:
        return False


class _Upstream:
    """A server in a process of its own would be fairer to the clock; here only what is left behind is counted."""

    def __init__(self) -> None:
        upstream = self
        self.failing, self.open = 0, 0
        turns = cycle(range(100))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                upstream.open += 1

            def finish(self) -> None:
                upstream.open -= 1
                super().finish()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if b'"stream":true' in body:
                    self._stream()
                    return
                failing = next(turns) * 37 % 100 < upstream.failing
                data = b"{}" if failing else ANSWER
                self.send_response(503 if failing else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _stream(self) -> None:
                self.close_connection = True
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + CHUNK
                )
                self.connection.settimeout(10)
                try:
                    self.connection.recv(1)
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "_Upstream":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _run(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--routes", type=int, default=200, help="of chains that have a deadline")
    parser.add_argument("--transport", help="of the clients; without, their default")
    options = parser.parse_args()
    sys.setswitchinterval(0.0005)
    found = soak_registry(options.seconds)
    sys.setswitchinterval(0.005)
    found += soak_clients(options.calls, options.transport)
    found += overruns(options.routes, options.transport)
    for finding in found:
        print(f"FOUND {finding}")
    print("nothing was found" if not found else f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
