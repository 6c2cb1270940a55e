"""One contender in a process of its own: a line with a scenario in, a line with seconds out.

Example: ``python -m bench_worker._worker ours http://127.0.0.1:8000``
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from functools import partial
from importlib import import_module
from typing import Any

from bench_worker._scenario import CHUNKS, TEXT, Scenario

CONTENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "raw httpx": ("_raw:RawHttpx", {}),
    "raw httpx2": ("_raw:RawHttpx", {"library": "httpx2"}),
    "raw aiohttp": ("_raw:RawAiohttp", {}),
    "ours": ("_ours:Ours", {}),
    "ours in a chain": ("_ours:OursInChain", {}),
    "ours, telemetry on": ("_ours:OursObserved", {}),
    "ours on httpx2": ("_ours:Ours", {"transport": "httpx2"}),
    "ours on aiohttp": ("_ours:Ours", {"transport": "aiohttp"}),
    "ours on aiohttp, telemetry on": ("_ours:OursObserved", {"transport": "aiohttp"}),
    "openai": ("_peers:OpenAI", {}),
    "litellm": ("_peers:LiteLLM", {}),
    "litellm Router": ("_peers:LiteLLMRouter", {}),
    "any-llm": ("_peers:AnyLLM", {}),
    "aisuite": ("_peers:AISuite", {}),
}
WARM_SECONDS = 0.1


def main() -> None:
    """Serve one contender until standard input ends."""
    told, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    os.dup2(2, 1)
    name, base = sys.argv[1:]
    place, options = CONTENDERS[name]
    module, _, made = place.partition(":")
    contender = getattr(import_module(f"bench_worker.{module}"), made)(base, **options)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            asked = json.loads(line)
            scenario = Scenario(**asked["scenario"])
            found: dict[str, Any]
            try:
                found = ask(contender, runner, scenario, asked["calls"])
            except Exception as error:  # noqa: BLE001 - a peer that fails is a line of the report
                found = {"error": f"{type(error).__name__}: {error}"[:300]}
            print(json.dumps(found), file=told, flush=True)


def ask(contender: Any, runner: asyncio.Runner, scenario: Scenario, calls: int | None) -> dict[str, float]:
    """Run so many calls and time them; without a number, see that an answer is right and warm up."""
    if scenario.mode == "sync" and not hasattr(contender, scenario.method):
        return {"calls": 0}
    if calls is not None:
        return timed(contender, runner, scenario, calls)
    check(contender, runner, scenario)
    calls, spent = 1, 0.0
    while spent < WARM_SECONDS:
        found = timed(contender, runner, scenario, scenario.parallel)
        spent += found["wall"] * scenario.parallel
        calls += scenario.parallel
    return {**found, "calls": calls}


def check(contender: Any, runner: asyncio.Runner, scenario: Scenario) -> None:
    """See that one call gives what the server sent."""
    call, seen = getattr(contender, scenario.method), getattr(contender, "seen", lambda: scenario.requests)
    before = seen() if hasattr(contender, "seen") else 0
    found = call() if scenario.mode == "sync" else runner.run(call())
    if seen() - before != scenario.requests:
        raise AssertionError(f"telemetry saw {seen() - before} attempts, not {scenario.requests}")
    if scenario.kind == "stream" and found < CHUNKS:
        raise AssertionError(f"{found} chunks came of {CHUNKS}")
    if scenario.kind != "stream" and found != TEXT:
        raise AssertionError(f"another answer than the server's: {found!r}")


def timed(contender: Any, runner: asyncio.Runner, scenario: Scenario, calls: int) -> dict[str, float]:
    """Wall and CPU seconds of a call, all threads of the process included."""
    call = getattr(contender, scenario.method)
    if scenario.mode == "sync":
        run = partial(one_by_one, call, calls)
    else:
        run = partial(runner.run, in_parallel(call, calls, scenario.parallel))
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall / calls, "cpu": cpu / calls, "calls": calls}


def one_by_one(call: Any, calls: int) -> None:
    """Call, again and again."""
    for _ in range(calls):
        call()


async def in_parallel(call: Any, calls: int, parallel: int) -> None:
    """Keep so many calls under way until all are made."""

    async def lane(number: int) -> None:
        for _ in range(number):
            await call()

    each, more = divmod(calls, parallel)
    await asyncio.gather(*(lane(each + (number < more)) for number in range(parallel)))


if __name__ == "__main__":
    main()
