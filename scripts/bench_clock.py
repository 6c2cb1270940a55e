"""How long a thousand timeouts take on the virtual clock, and whether each ends as it would in truth.

An application asks three upstreams one after the other, each in a worker thread under `wait_for`, as gateways do. Every
scenario gives each of them an answer that comes just before, or just after, its timeout of 30, 60 and 90 seconds.

Example: ``python scripts/bench_clock.py``
"""

from __future__ import annotations

import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cutover_parity import ArmSpec, Case, Request, Script, Step
from cutover_parity.arms._arm import Arm, ArmSetup, line_of

SCENARIOS = 1000
WANTED = 10.0
LIMITS = (30, 60, 90)
APP = """
import asyncio
import time

import httpx

CLIENT = httpx.Client(timeout=600)


def ask(number):
    return CLIENT.post(f"http://upstream-{number}.invalid/v1", json={"number": number}).status_code


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    said, began = "none", time.monotonic()
    for number, limit in enumerate((30, 60, 90)):
        try:
            await asyncio.wait_for(asyncio.to_thread(ask, number), limit)
            said = str(number)
            break
        except asyncio.TimeoutError:
            pass
    body = f"{said} after {time.monotonic() - began:.1f}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


def main() -> int:
    """Measure and print; 1 if any scenario ended otherwise than it had to."""
    cases = list(scenarios())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(APP)
        with Arm(ArmSpec(Path(folder), "app:app"), ArmSetup("http", {}, [], b"k" * 32)) as arm:
            arm.wait_until_ready()
            begun = time.perf_counter()
            arm.feed(line_of(case) for case, _ in cases)
            replies = [arm.reply(case.id) for case, _ in cases]
            seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = [json.loads(reply.observation)["answer"]["chunks"] for reply in replies]
    wrong = sum(found != [wanted] for found, (_, wanted) in zip(said, cases, strict=True))
    real = sum(json.loads(reply.aside)["real_waits"]["number"] for reply in replies)
    waited = sum(float(wanted.split()[-1]) for _, wanted in cases)
    timeouts = sum(number_of(wanted) for _, wanted in cases)
    print(f"{len(cases)} scenarios with {timeouts} timeouts, {waited / 3600:.1f} hours of waiting: {seconds:.2f} s "
          f"(wanted: under {WANTED:g} s), {wrong} ended wrongly, {real} real waits; "
          f"processor: {used.ru_utime + used.ru_stime:.2f} s, start-up included")  # fmt: skip
    return int(wrong > 0)


def number_of(wanted: str) -> int:
    """The timeouts of a scenario that has to end so."""
    first = wanted.split(maxsplit=1)[0]
    return len(LIMITS) if first == "none" else int(first)


def scenarios() -> Iterator[tuple[Case, str]]:
    """Give the cases with the answer that each must have."""
    dice = random.Random(4)
    for number in range(SCENARIOS):
        takes = [limit + dice.choice((-0.1, 0.1, 30.0)) for limit in LIMITS]
        script = Script(tuple(Step("slow", seconds=seconds) for seconds in takes))
        yield Case(str(number), Request("GET", f"/{number}"), script, "fault"), outcome(takes)


def outcome(takes: list[float]) -> str:
    """Work out who answers, and when."""
    passed = 0.0
    for number, (seconds, limit) in enumerate(zip(takes, LIMITS, strict=True)):
        if seconds < limit:
            return f"{number} after {passed + seconds:.1f}"
        passed += limit
    return f"none after {passed:.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
