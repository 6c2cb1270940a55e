"""Fixtures: a store with a clock that is set by hand, records by seconds, and scripts in processes of their own."""

import random
import subprocess
import sys
import textwrap

import pytest

from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.store import Limits, Store

SECOND = 1_000_000_000
START = 1_760_000_040 * SECOND


class HandClock:
    def __init__(self):
        self.now = START + 24 * 3600 * SECOND

    def __call__(self):
        return self.now

    def forward(self, seconds):
        self.now += int(seconds * SECOND)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def store(tmp_path, clock):
    """A store whose writer writes when it is told to."""
    made = Store.open(tmp_path / "telemetry.db", Limits(interval=3600), clock=clock)
    yield made
    assert made.writer().close()


@pytest.fixture
def attempt():
    """An attempt that ends `at` seconds after the start of the tests' time."""

    def make(provider="near", *, at=0.0, took=1.0, first=None, arm="legacy", site="chat", **fields):
        ended = START + int(at * SECOND)
        started = ended - int(took * SECOND)
        return AttemptRecord(
            provider=provider,
            slot="make_request",
            function=f"make_{provider}_request",
            arm=arm,
            site=site,
            model=fields.pop("model", "m-1"),
            number=fields.pop("number", 1),
            started=started,
            ended=ended,
            first_chunk=None if first is None else started + int(first * SECOND),
            streamed=first is not None,
            **fields,
        )

    return make


@pytest.fixture
def route():
    """A route of some attempts, from the start of the first to the end of the last."""

    def make(*attempts, **fields):
        started = min((each.started for each in attempts), default=START)
        ended = max((each.ended for each in attempts), default=START)
        return RouteRecord(started, ended, attempts, **fields)

    return make


@pytest.fixture
def traffic(attempt, route):
    """Routes of many providers on both arms, every tenth with a failover; the same ones for the same seed."""

    def make(count, *, seed=1, seconds=60.0, providers=22):
        dice = random.Random(seed)
        made = []
        for _ in range(count):
            first, second = (f"p{dice.randrange(providers):02}" for _ in range(2))
            facts = {"arm": dice.choice(("legacy", "registry")), "at": dice.uniform(0, seconds)}
            took = dice.lognormvariate(0, 0.8)
            good = attempt(second, took=took, first=took / 3, output_tokens=dice.randrange(1, 900), **facts)
            if dice.random() < 0.1:
                facts["at"] -= took
                bad = attempt(first, took=0.5, error_type=dice.choice(("503", "429", "abandoned")), **facts)
                made.append(route(bad, good, name="POST /chat", overhead=dice.randrange(10**6)))
            else:
                made.append(route(good, name="POST /chat", status_code=200, trace_id=f"{dice.getrandbits(128):032x}"))
        return made

    return make


@pytest.fixture
def script(tmp_path):
    """Start Python code in a process of its own, with `store` open and `route(n)` to make one; gives the process."""
    started = []

    def start(code, *, limits="", wait=True):
        head = f"""
            import os, sys, time, threading
            from cutover_telemetry._records import AttemptRecord, RouteRecord
            from cutover_telemetry.store import Limits, Store

            def attempt(number, error=None):
                now = time.time_ns()
                call = ("near", "make_request", "make_near_request", "legacy", "chat", "m", 1)
                return AttemptRecord(*call, now - 10**6 * (number + 1), now, error_type=error)

            def route(number):
                each = attempt(number)
                return RouteRecord(each.started, each.ended, (each,))

            store = Store({str(tmp_path / "telemetry.db")!r}, Limits({limits}), clock=time.time_ns)
            """
        file = tmp_path / f"script{len(started)}.py"
        file.write_text(textwrap.dedent(head) + textwrap.dedent(code))
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", str(file)],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        if wait:
            out, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
            return out
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
