"""The telemetry store under load: attempts a second, what a serving thread pays, how soon questions are answered.

Writers are processes of their own, as gateway workers are; each makes its records first and puts down the same ones
again and again, every tenth route with a failover. The questions are asked of a store of ten million attempts, as is
the whole overview: a day of 22 providers on both arms at two sites, written by the real writer. Quantile sketches are
measured beside the `ddsketch` package where that can be imported. Every time is told twice, by the clock and by the
processor: beside other load the clock tells of that load.

Example: ``python scripts/bench_store.py --attempts 10000000``
"""

from __future__ import annotations

import argparse
import gc
import importlib
import itertools
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from cutover_cli._console import table
from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.overview import View, overview, waterfall
from cutover_telemetry.store import Limits, Sketch, Store, Window

PROVIDERS = [f"provider-{number:02}" for number in range(22)]
ARMS = ("legacy", "registry")
SITES = ("chat", "chat_stream")
SECOND = 1_000_000_000
DAY = 24 * 3600 * SECOND
POOL = 2_000
ROUNDS = 15
WINDOWS = {"an hour": 3_600, "six hours": 21_600, "a day": 86_400}
Row = tuple[str, str, str]


def main() -> int:
    """Measure and print, or be one of the writers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--attempts", type=int, default=10_000_000, help="attempts in the store that is asked")
    parser.add_argument("--written", type=int, default=300_000, help="attempts that each writer writes")
    parser.add_argument("--asked", type=Path, help="make overviews of a store that was filled before, nothing else")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--writer", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.writer:
        print(json.dumps(write(Path(asked.writer), asked.written)))
        return 0
    figures = list(overviews(asked.asked, last_end(asked.asked)) if asked.asked else everything(asked))
    rows = table("what", "measured:right", "wanted")
    for figure in figures:
        rows.add_row(*figure)
    Console().print(rows)
    if asked.json:
        print(json.dumps(figures, indent=2))
    return 0


def everything(asked: argparse.Namespace) -> Iterator[Row]:
    """All figures, each part with a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield from writing(Path(folder), asked.written)
        yield from serving(Path(folder))
        yield from sketching()
        yield from asking(Path(folder) / "asked.db", asked.attempts)


def last_end(path: Path) -> int:
    """When the last route of a store ended."""
    return Store.of(path).query.recent(Window.everything(), most=1)[0].record.ended


def writing(folder: Path, written: int) -> Iterator[Row]:
    """Attempts a second that one writer and two writers store, from the first record to the last one on disk."""
    for count in (1, 2):
        path = folder / f"written{count}.db"
        Store.open(path)
        command = [sys.executable, __file__, "--writer", str(path), "--written", str(written)]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        told = [json.loads(process.communicate()[0]) for process in processes]
        made = sum(each["attempts"] for each in told)
        seconds = max(each["end"] for each in told) - min(each["begin"] for each in told)
        stored = sum(card.volume.attempts for card in Store.of(path).query.scorecard(Window.everything()).providers)
        if stored != made:
            raise SystemExit(f"{made} attempts were made and {stored} are in the store")
        wanted = "≥ 100,000" if count == 2 else ""
        yield f"attempts stored a second, {count} writing process(es)", f"{made / seconds:,.0f}", wanted
        cpu = sum(each["cpu"] for each in told)
        yield "  a second of processor time each", f"{count * made / cpu:,.0f} ({cpu / made * 1e6:.1f} µs each)", wanted
    connection = sqlite3.connect(path)
    kept, size = connection.execute("SELECT sum(attempts), sum(bytes) FROM pieces").fetchone()
    connection.close()
    yield "file, a million attempts kept as they were", f"{size / kept:.1f} MB", ""


def write(path: Path, written: int) -> dict[str, float]:
    """Write so many attempts, as fast as the store takes them without dropping one."""
    routes = [_route(random.Random(number), time.time_ns()) for number in range(POOL)]
    gc.freeze()
    limits = Limits()
    writer = Store.open(path, limits).writer()
    begin, cpu, made = time.time(), time.process_time(), 0
    while made < written:
        for route in routes:
            writer.route(route)
            made += len(route.attempts)
        while len(writer._intake) > limits.queue - 2 * POOL:
            time.sleep(0.001)
    if not writer.close(60) or writer.dropped:
        raise SystemExit(f"{writer.dropped} attempts were dropped")
    return {"attempts": made, "begin": begin, "end": time.time(), "cpu": time.process_time() - cpu}


def serving(folder: Path) -> Iterator[Row]:
    """What the serving thread pays to put a record down: with the writer at work, and with the file locked."""
    for name in ("file free", "file locked by somebody else"):
        store = Store.open(folder / f"{len(name)}.db")
        holder = sqlite3.connect(store.path, isolation_level=None)
        if "locked" in name:
            holder.execute("BEGIN IMMEDIATE")
        writer = store.writer()
        routes = [_route(random.Random(number), time.time_ns()) for number in range(POOL)]
        cpu: list[float] = []
        took: list[float] = []
        for number in range(4_000):
            route = routes[number % POOL]
            began, used = time.perf_counter(), time.thread_time()
            writer.route(route)
            cpu.append(time.thread_time() - used)
            took.append(time.perf_counter() - began)
            time.sleep(0.0005)
        holder.close()
        writer.close()
        attempts = sum(len(routes[number % POOL].attempts) for number in range(4_000)) / 4_000
        yield f"serving thread's CPU an attempt, {name}", f"{statistics.mean(cpu) / attempts * 1e6:.2f} µs", "a few µs"
        yield "  time in the call, p99 / worst", f"{at(took, 0.99) * 1e6:.1f} µs / {max(took) * 1e3:.2f} ms", "≤ 1 ms"


def sketching() -> Iterator[Row]:
    """Our sketch, and the ddsketch package's beside it."""
    dice = random.Random(1)
    values = [dice.lognormvariate(0, 1) for _ in range(100_000)]
    sketch = Sketch.of(values)
    worst = max(abs((sketch.quantile(share) or 0) / exact(values, share) - 1) for share in (0.5, 0.95, 0.99, 0.999))
    yield "a value into a sketch, in batches", f"{best(lambda: Sketch.of(values)) / len(values) * 1e9:.0f} ns", "< 1 µs"
    yield "  worst quantile error, log-normal", f"{worst:.2%}", "≤ 1 %"
    yield "  bytes of 100,000 values", f"{len(sketch.to_bytes())}", ""
    yield "  merging two", f"{best(lambda: sketch + sketch) * 1e6:.1f} µs", ""
    try:
        peer = importlib.import_module("ddsketch").DDSketch(0.01)
    except ImportError:
        return

    def add_all() -> None:
        for value in values:
            peer.add(value)

    yield "  a value into ddsketch's DDSketch", f"{best(add_all) / len(values) * 1e9:.0f} ns", ""


def asking(path: Path, attempts: int) -> Iterator[Row]:
    """How soon each question is answered over a day of so many attempts."""
    clock = _Clock()
    store = Store.open(path, Limits(interval=3600), clock=clock)
    seconds = fill(store, clock, attempts)
    clock.forward(10 * SECOND)
    store.writer().close(60)
    account = store.query.account()
    stored = sum(card.volume.attempts for card in store.query.scorecard(Window.everything()).providers)
    if stored != account.attempts:
        raise SystemExit(f"{account.attempts} attempts were written and {stored} are in the counts")
    yield f"{stored:,} attempts of a day written by one process", f"{stored / seconds:,.0f} a second", ""
    yield "  file", f"{path.stat().st_size / 1e6:.0f} MB", ""
    every: list[tuple[float, float]] = []
    for name, ask in questions(store, clock.now):
        took = [elapsed(ask) for _ in range(ROUNDS)]
        every += took
        yield f"  {name}, p95", told_twice(took), "≤ 100 ms"
    yield "  all questions, p95", told_twice(every), "≤ 100 ms"
    yield from overviews(path, clock.now)


def overviews(path: Path, now: int) -> Iterator[Row]:
    """How soon a whole overview is made: the first one of a process, and those of a page that is renewed.

    The page is renewed every two seconds for two minutes, so that the newest minute is judged twice.
    """
    for name, seconds in WINDOWS.items():
        yield from renewals(Store.of(path), name, seconds, now=now)


def renewals(store: Store, name: str, seconds: int, *, now: int) -> Iterator[Row]:
    """The overviews of one window."""
    looks = (View.last(seconds, now=now - (120 - ago) * SECOND) for ago in range(0, 120, 2))
    took = [elapsed(partial(overview, store, view)) for view in looks]
    yield f"overview, {name}, the first", told_twice(took[:1]), ""
    yield "  renewed, p50", told_twice(took[1:], share=0.5), ""
    yield "  renewed, p95", told_twice(took[1:]), "≤ 100 ms"
    alone = View.last(seconds, provider=PROVIDERS[3], now=now)
    yield "  of one provider, the first", told_twice([elapsed(partial(overview, store, alone))]), ""
    latest = overview(store, alone).recent[0].id
    yield "  waterfall, p95", told_twice([elapsed(partial(waterfall, store, latest)) for _ in range(ROUNDS)]), ""


def fill(store: Store, clock: _Clock, attempts: int) -> float:
    """Write a day of attempts, minute by minute; the seconds that it took."""
    dice = random.Random(5)
    writer = store.writer()
    routes = [_route(random.Random(number), 0) for number in range(POOL)]
    begin, made = time.perf_counter(), 0
    minutes = DAY // (60 * SECOND)
    a_minute = -(-attempts // minutes)
    for minute in range(minutes):
        some = dice.sample(routes, min(POOL, a_minute))
        moved = [_moved(route, clock.now + dice.randrange(60) * SECOND) for route in some]
        for number, route in enumerate(itertools.cycle(moved), 1):
            writer.route(route)
            made += len(route.attempts)
            if number % POOL == 0:
                writer.flush(60)
            if made >= a_minute * (minute + 1):
                break
        clock.forward(60 * SECOND)
        writer.flush(60)
    return time.perf_counter() - begin


def questions(store: Store, now: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """The dashboard's panels over several windows."""
    query = store.query
    for name, seconds in WINDOWS.items():
        window = Window.last(seconds, now=now)
        yield f"scorecard, {name}", lambda window=window: query.scorecard(window)  # type: ignore[misc]
        yield f"arms side by side, {name}", lambda window=window: query.arms(window)  # type: ignore[misc]
        yield (
            f"arms over time, one provider, {name}",
            lambda window=window: query.arm_curves(window, provider=PROVIDERS[3]),  # type: ignore[misc]
        )
        yield f"failovers, {name}", lambda window=window: query.failovers(window)  # type: ignore[misc]
        yield f"routes and overhead, {name}", lambda window=window: query.routes(window)  # type: ignore[misc]
    day = Window.last(86_400, now=now)
    yield "one provider's scorecard, a day", lambda: query.scorecard(day, provider=PROVIDERS[3])
    yield "scorecard, an odd stretch", lambda: query.scorecard(Window(now - 80_460 * SECOND, now - 7_980 * SECOND))
    yield "breakers, a day", lambda: query.breakers(day)
    yield "50 latest routes", lambda: query.recent(day)
    yield "50 latest routes of one provider", lambda: query.recent(day, provider=PROVIDERS[3])
    latest = query.recent(day, most=1)[0].id
    yield "one route", lambda: query.route(latest)


class _Clock:
    """A clock that the bench sets; it begins a day ago."""

    def __init__(self) -> None:
        self.now = (time.time_ns() - DAY) // (60 * SECOND) * 60 * SECOND

    def __call__(self) -> int:
        return self.now

    def forward(self, nanoseconds: int) -> None:
        self.now += nanoseconds


def _route(dice: random.Random, ended: int) -> RouteRecord:
    names = dice.sample(PROVIDERS, 2)
    arm, site = dice.choice(ARMS), dice.choice(SITES)
    took = int(dice.lognormvariate(0, 0.8) * SECOND)
    good = AttemptRecord(
        provider=names[0],
        slot="make_request",
        function="make_request",
        arm=arm,
        site=site,
        model=f"model-{dice.randrange(40)}",
        number=1,
        started=ended - took,
        ended=ended,
        first_chunk=ended - took * 2 // 3,
        chunks=dice.randrange(5, 200),
        streamed=True,
        last_chunk=ended,
        longest_gap=took // 9,
        input_tokens=dice.randrange(4_000),
        output_tokens=dice.randrange(1, 900),
    )
    attempts: tuple[AttemptRecord, ...] = (good,)
    if dice.random() < 0.1:
        failed = dice.choice(("503", "429", "httpx.ReadTimeout"))
        bad = replace(good, provider=names[1], ended=good.started, started=good.started - took, error_type=failed)
        attempts = (replace(bad, first_chunk=None, output_tokens=None), replace(good, number=2))
    return RouteRecord(
        started=attempts[0].started - 200_000,
        ended=ended + 100_000,
        attempts=attempts,
        status_code=200,
        name="POST /v1/chat/completions",
        overhead=dice.randrange(20_000, 200_000),
        trace_id=f"{dice.getrandbits(128):032x}",
    )


def _moved(route: RouteRecord, to: int) -> RouteRecord:
    attempts = tuple(
        replace(
            attempt,
            started=attempt.started + to,
            ended=attempt.ended + to,
            first_chunk=None if attempt.first_chunk is None else attempt.first_chunk + to,
            last_chunk=None if attempt.last_chunk is None else attempt.last_chunk + to,
        )
        for attempt in route.attempts
    )
    return replace(route, started=route.started + to, ended=route.ended + to, attempts=attempts)


def elapsed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call, by the clock and by the processor."""
    began, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - used


def told_twice(took: list[tuple[float, float]], *, share: float = 0.95) -> str:
    """A quantile by the clock and by the processor."""
    clock, cpu = (at(list(seconds), share) * 1e3 for seconds in zip(*took, strict=True))
    return f"{clock:.1f} ms ({cpu:.1f} ms CPU)"


def best(call: Callable[[], object], rounds: int = 7) -> float:
    """The least processor time of some calls, in seconds."""
    return min(elapsed(call)[1] for _ in range(rounds))


def exact(values: list[float], share: float) -> float:
    """The nearest-rank quantile."""
    return sorted(values)[max(int(-(-share * len(values) // 1)), 1) - 1]


def at(took: list[float], share: float) -> float:
    """The quantile of some figures."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    sys.exit(main())
