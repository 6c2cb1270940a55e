"""Rounds: every contender does a short burst of every scenario in turn, again and again, until the time is over.

Processes are started anew a few times, since one process can be a few per cent faster than its twin for its whole life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench_run._contenders import PEERS, wanted
from bench_run._processes import Failed, Server, Worker
from bench_worker import Scenario


@dataclass(frozen=True)
class Pace:
    """How long to measure.

    Attributes:
        seconds: All together, about.
        lives: How often processes are started, while there is time; the peers live once.
        burst: Seconds of one burst, about.
        rounds: The fewest rounds, however long they take.
    """

    seconds: float = 330.0
    lives: int = 3
    burst: float = 0.12
    rounds: int = 3


@dataclass(frozen=True)
class Sample:
    """One burst: seconds of a call.

    Attributes:
        life: Of its process, from 0.
        round: Bursts of one round are compared with each other.
    """

    contender: str
    scenario: Scenario
    life: int
    round: int
    calls: int
    wall: float
    cpu: float


Told = Callable[[float], None]


def measured(
    contenders: Sequence[str], scenarios: Sequence[Scenario], *, python: Path, server: Server, pace: Pace, told: Told
) -> tuple[list[Sample], dict[str, str]]:
    """Run everything; give the samples, and for each contender (or contender and scenario) that failed what it said."""
    samples: list[Sample] = []
    failures: dict[str, str] = {}
    started, number = time.monotonic(), 0
    for life in range(pace.lives):
        until = started + pace.seconds * (life + 1) / pace.lives
        if number >= pace.rounds and time.monotonic() > until:
            continue
        living = [name for name in contenders if name not in failures and (life == 0 or name not in PEERS)]
        with ExitStack() as running:
            workers = [running.enter_context(Worker(python, name, server.base)) for name in living]
            calls = _warmed(workers, scenarios, server, pace, failures, told=lambda: told(time.monotonic() - started))
            while number < pace.rounds or time.monotonic() < until:
                samples += _round(workers, scenarios, (life, number), calls, failures)
                number += 1
                told(time.monotonic() - started)
    return samples, failures


Calls = dict[tuple[str, Scenario], int]


def _warmed(
    workers: Sequence[Worker], scenarios: Sequence[Scenario], server: Server, pace: Pace, failures: dict[str, str],
    *, told: Callable[[], None],
) -> Calls:  # fmt: skip
    """See that each answer is right and each request arrived; give how many calls make one burst."""
    calls: Calls = {}
    for worker in workers:
        for scenario in scenarios:
            if not wanted(worker.contender, scenario):
                continue
            try:
                calls[worker.contender, scenario] = _checked(worker, scenario, server, pace)
            except Failed as failed:
                ended = worker.process.poll() is not None
                failures[worker.contender if ended else f"{worker.contender}, {scenario.title}"] = str(failed)
                if ended:
                    break
            told()
    return calls


def _checked(worker: Worker, scenario: Scenario, server: Server, pace: Pace) -> int:
    before = server.stats()["requests"]
    found = worker.ask(scenario, None)
    arrived, sent = int(server.stats()["requests"] - before), found["calls"] * scenario.requests
    if arrived != sent:
        raise Failed(f"{arrived} requests came for {found['calls']} calls; {sent} were due")
    wall: float = found["wall"]
    return max(1, round(pace.burst / wall / scenario.parallel)) * scenario.parallel


def _round(
    workers: Sequence[Worker],
    scenarios: Sequence[Scenario],
    at: tuple[int, int],
    calls: Calls,
    failures: dict[str, str],
) -> Iterator[Sample]:
    """One burst of each; who begins changes from round to round."""
    first = at[1] % len(workers)
    for scenario in scenarios:
        for worker in (*workers[first:], *workers[:first]):
            asked = calls.get((worker.contender, scenario))
            if asked is None:
                continue
            try:
                found = worker.ask(scenario, asked)
            except Failed as failed:
                del calls[worker.contender, scenario]
                failures[f"{worker.contender}, {scenario.title}"] = str(failed)
                continue
            yield Sample(worker.contender, scenario, *at, asked, found["wall"], found["cpu"])
