"""What the switch costs on the hot path, in its parts, and how soon workers heed a kill file.

Every figure is processor time, the least of some repeats, the empty loop taken off; in the same run a chain of 21
branches is timed, on average over its keys, so that a figure can be read as a ratio on any machine. The workers are
processes that ask the switch all the time.

Example: ``python scripts/bench_switch.py``; ``--kills 0`` leaves the workers out
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

from cutover_registry import (
    ProviderRegistry,
    RouteKeyMiddleware,
    SwitchRule,
    SwitchSnapshot,
    bucket_of,
    follow_switch,
    hold_arm,
    route_key,
    use_registry,
    write_switch,
)
from cutover_registry._route import GIVEN, ROUTE, Route

CALLS = 20_000
REPEATS = 15
KEYS = [f"provider{number}" for number in range(21)]
TABLES = {"SITES": {"chat": {"slots": []}}, "PROVIDER_CONFIGS": {key: {"sites": "*"} for key in KEYS}}
SITE = ProviderRegistry.from_mapping(TABLES).site("chat")
KEY = KEYS[10]
SALT = "9f86d081884c7d65"
SHARE = SwitchRule(share=0.5)
OTHERS = tuple(
    rule
    for number in range(5)
    for rule in (
        SwitchRule(tenant=f"tenant{number}", arm="legacy"),
        SwitchRule(header=(f"x-cell-{number}", "yes"), arm="registry"),
    )
)
WORKERS = 8
WORKER = """
import sys, time
from cutover_registry import ProviderRegistry, use_registry
tables = {"SITES": {"chat": {"slots": []}}, "PROVIDER_CONFIGS": {"near": {"sites": "*"}}}
registry = ProviderRegistry.from_mapping(tables)
(CHAT,) = registry.bind(globals(), "chat")
told = None
while True:
    on = use_registry(CHAT, "near")
    if on is not told:
        told = on
        print(int(on), time.time(), flush=True)
    time.sleep(0.001)
"""


def main() -> int:
    """Measure and print; 1 if a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=25, help="how often the workers are killed")
    kills = parser.parse_args().kills
    chain = cost(every_key(chain_of_21())) / len(KEYS)
    print(f"chain of 21 branches, average over its keys: {chain * 1e9:.0f} ns")
    kept = [report(name, seconds, chain, most) for name, seconds, most in figures()]
    if kills:
        kept.append(report_kills(kills))
    return int(not all(kept))


def figures() -> Iterator[tuple[str, float, float | None]]:
    """What is measured, its seconds, and the most that it may take (None: no limit of its own)."""
    with hold_arm("legacy"):
        yield "use_registry, held on legacy", cost(ask), 1e-6
    with hold_arm("registry"):
        yield "use_registry, held on registry", cost(ask), 1e-6
    yield "use_registry, no rule", cost(ask), 1e-6
    follow_switch(SwitchSnapshot((SHARE,), salt=SALT))
    with route_key("user-1"):
        yield "by share, later attempts of a route", cost(ask), 3e-6
    yield "by share, first attempt of a route", first_attempts(), 3e-6
    yield "by share, no route", cost(ask), 3e-6
    follow_switch(SwitchSnapshot((SHARE, *OTHERS), salt=SALT))
    with route_key("user-1", tenant="acme"):
        yield "by share behind ten tenants and headers, later attempts", cost(ask), 3e-6
    follow_switch(None)
    yield "bucket_of alone", cost(lambda: bucket_of("user-1", salt=SALT)), None
    yield "RouteKeyMiddleware, a request", middleware(), None


def ask() -> object:
    """The hot path."""
    return use_registry(SITE, KEY)


def cost(call: Callable[[], object]) -> float:
    """Processor seconds of one call, the least of some repeats, without the loop."""
    return max(0.0, least(call) - least(lambda: None))


def least(call: Callable[[], object]) -> float:
    """Processor seconds of one turn of a loop with this call."""
    return min(timed(call) for _ in range(REPEATS))


def timed(call: Callable[[], object]) -> float:
    """Processor seconds of one turn, on average over one run of the loop."""
    started = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - started) / CALLS


def first_attempts() -> float:
    """A new route at each turn, asked or not: the difference is the first attempt, its bucket included."""

    def begun() -> None:
        ROUTE.set(Route(GIVEN, ("user-1", None, {})))

    def asked() -> None:
        ROUTE.set(Route(GIVEN, ("user-1", None, {})))
        ask()

    context = copy_context()
    return float(context.run(lambda: max(0.0, least(asked) - least(begun))))


def middleware() -> float:
    """An application that does nothing, with the middleware and without."""

    async def app(*_: Any) -> None:
        return None

    async def driven(served: Any) -> float:
        scope = {"type": "http", "headers": [(b"x-user", b"user-1")]}
        runs = []
        for _ in range(REPEATS):
            started = time.process_time()
            for _ in range(CALLS):
                await served(scope, None, None)
            runs.append((time.process_time() - started) / CALLS)
        return min(runs)

    wrapped = RouteKeyMiddleware(app, key="header:x-user", interface="asgi")
    return max(0.0, asyncio.run(driven(wrapped)) - asyncio.run(driven(app)))


def every_key(chain: Callable[[str], object]) -> Callable[[], object]:
    """Ask a chain for each of its keys."""
    return lambda: [chain(key) for key in KEYS]


def chain_of_21() -> Callable[[str], object]:
    """A function with one branch a key, as legacy code has it."""
    branches = [f"    {'el' if n else ''}if name == {key!r}:\n        return {n}" for n, key in enumerate(KEYS)]
    namespace: dict[str, Callable[[str], object]] = {}
    exec("\n".join(["def chain(name):", *branches]), namespace)
    return namespace["chain"]


def report(name: str, seconds: float, chain: float, most: float | None) -> bool:
    """Print one figure; whether its limit is kept."""
    wanted = "" if most is None else f" (wanted: at most {most * 1e9:.0f} ns)"
    print(f"{name}: {seconds * 1e9:.0f} ns, {seconds / chain:.1f} chains{wanted}")
    return most is None or seconds <= most


def report_kills(kills: int) -> bool:
    """Turn everything off by a kill file again and again; print how soon all workers were on the legacy arm."""
    with tempfile.TemporaryDirectory() as folder, workers(Path(folder)) as started:
        file = Path(folder) / ".cutover" / "kill"
        seconds = []
        for _ in range(kills):
            await_all(started, on=True)
            begun = time.time()
            file.touch()
            seconds += [at - begun for at in await_all(started, on=False)]
            file.unlink()
    seconds.sort()
    p99 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
    print(
        f"kill file, {WORKERS} workers, {kills} kills: median {statistics.median(seconds):.3f} s, p99 {p99:.3f} s, "
        f"last {seconds[-1]:.3f} s (wanted: p99 at most 1 s)"
    )
    return p99 <= 1


@contextmanager
def workers(folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that say each change of their arm, with everything switched on."""
    write_switch(SwitchSnapshot((SwitchRule(arm="registry"),)), folder / ".cutover" / "switch.json")
    command = [sys.executable, "-c", WORKER]
    started = [
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(WORKERS)
    ]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.communicate()


def await_all(started: list[subprocess.Popen[str]], *, on: bool) -> list[float]:
    """Wait until each worker has said that it is on, or off; the times at which they found it."""
    return [next(at for said, at in heard(worker) if said is on) for worker in started]


def heard(worker: subprocess.Popen[str]) -> Iterator[tuple[bool, float]]:
    """What a worker says."""
    assert worker.stdout is not None
    for line in worker.stdout:
        said, at = line.split()
        yield said == "1", float(at)


if __name__ == "__main__":
    sys.exit(main())
