"""How soon the dashboard paints, in a real Chromium: first contentful paint over stores of two sizes.

Each store is a day of 22 providers on both arms, written by the real writer; `cutover dashboard` serves it. A cold load
is the first one of a browser profile, with a time range that nobody asked for before; a warm one loads the same again.
Both are told by the clock and by the processor: beside other load the clock tells of that load. A store is also shown
while a writer goes on writing into it, as it is in life.

Example: ``python scripts/bench_page.py --attempts 10000000 --store large.db``
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from rich.console import Console

from bench_store import SECOND, _Clock, at, fill
from cutover_cli._console import table
from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.store import Limits, Store

SMALL = 100_000
ROUNDS = 15
HOUR, DAY = "1h", "24h"
WANTED = 1.0
TICK = 1 / os.sysconf("SC_CLK_TCK")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
TIMES = """async () => {
  const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
  while (!painted()) await new Promise((resolve) => setTimeout(resolve, 10));
  const [page] = performance.getEntriesByType("navigation");
  const drawn = performance.getEntriesByType("resource").map((each) => each.transferSize);
  const bytes = drawn.reduce((sum, each) => sum + each, page.transferSize);
  return { paint: painted().startTime, answer: page.responseEnd - page.requestStart, bytes };
}"""
Figure = dict[str, Any]


def main() -> int:
    """Measure and print; exit code 1 where a median is over the limit."""
    parser = argparse.ArgumentParser(description="First paint of the dashboard in a real Chromium.")
    parser.add_argument("--attempts", type=int, default=1_000_000, help="attempts in the large store")
    parser.add_argument(
        "--store", type=Path, help="show a copy of this store instead of the large one, which takes long"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if shutil.which("chromium") is None:
        print("no Chromium here (Debian's package chromium): nothing was measured")
        return 0
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for attempts in sorted({SMALL, asked.attempts}):
            store = Path(folder, f"{attempts}.db")
            if asked.store is not None and attempts == asked.attempts:
                shutil.copy(asked.store, store)
            else:
                made(store, attempts)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
            with served(store) as (address, server), writing(store):
                figures += [
                    {"attempts": attempts, "last": last, **each}
                    for last in (HOUR, DAY)
                    for each in loads(browser, address, server, last=last, rounds=asked.rounds)
                ]
            browser.close()
    show(figures)
    if asked.json:
        print(json.dumps(figures, indent=2))
    return int(any(each["paint"] > WANTED for each in figures))


def made(path: Path, attempts: int) -> None:
    """A day of attempts that ends now."""
    clock = _Clock()
    store = Store.open(path, Limits(interval=3600), clock=clock)
    fill(store, clock, attempts)
    store.writer().close(60)


@contextmanager
def served(store: Path) -> Iterator[tuple[str, int]]:
    """The dashboard in a process of its own; gives its address and the id of its process."""
    command = [sys.executable, "-P", "-m", "cutover_cli", "dashboard", str(store), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        assert found is not None
        try:
            yield found[0], process.pid
        finally:
            process.terminate()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Twenty routes a second into the store, by its usual writer."""
    over, writer = threading.Event(), Store.open(path).writer()

    def write() -> None:
        while not over.wait(0.05):
            now = time.time_ns()
            call = ("provider-00", "make_request", "make_request", "registry", "chat", "model-0", 1)
            attempt = AttemptRecord(*call, now - SECOND, now)
            writer.route(RouteRecord(now - SECOND, now, (attempt,), name="POST /v1/chat/completions"))

    thread = threading.Thread(target=write)
    thread.start()
    yield
    over.set()
    thread.join()
    writer.close()


def loads(browser: Browser, address: str, server: int, *, last: str, rounds: int) -> Iterator[Figure]:
    """The figures of cold loads, then of warm ones."""
    cold, warm = [], []
    for number in range(rounds):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        # A second more or less is another question, to which no answer is kept.
        seconds = (3600 if last == HOUR else 86_400) - number
        cold.append(load(context, f"{address}/?last={seconds}s", server))
        warm.append(load(context, f"{address}/?last={seconds}s", server))
        context.close()
    for name, taken in (("cold", cold), ("warm", warm)):
        paints = [each["paint"] / 1000 for each in taken]
        yield {
            "load": name,
            "paint": statistics.median(paints),
            "p95": at(paints, 0.95),
            "answer": statistics.median(each["answer"] for each in taken) / 1000,
            "server": statistics.median(each["server"] for each in taken),
            "bytes": statistics.median(each["bytes"] for each in taken),
        }


def load(context: BrowserContext, address: str, server: int) -> Figure:
    """One load until its first contentful paint; with the seconds of the server's processor until then."""
    page = context.new_page()
    used = processor(server)
    page.goto(address, wait_until="commit")
    times: Figure = page.evaluate(TIMES)
    times["server"] = processor(server) - used
    page.close()
    return times


def processor(process: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def show(figures: list[Figure]) -> None:
    """As a table."""
    heads = ("first paint:right", "p95:right", "answer:right", "server's CPU:right", "KB:right", "wanted")
    rows = table("attempts", "last", "load", *heads)
    for each in figures:
        times = (f"{each[name] * 1000:.0f} ms" for name in ("paint", "p95", "answer", "server"))
        size = f"{each['bytes'] / 1000:.0f}"
        rows.add_row(f"{each['attempts']:,}", each["last"], each["load"], *times, size, f"< {WANTED:.0f} s")
    Console().print(rows)


if __name__ == "__main__":
    sys.exit(main())
