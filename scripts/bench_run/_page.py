"""What people read: the tables in the terminal and ``docs/reference/benchmarks.md``, both made from the same result.

Example: ``page(result, date="2026-11-23")``
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from bench_run._contenders import RAW, held_by
from bench_run._figures import Figure
from bench_run._imports import ImportFigure
from bench_run._limits import Verdict, verdicts_of
from bench_run._machine import Machine
from bench_worker import KINDS, SCENARIOS
from cutover_cli._console import table

WIDTH = 120
HEAD = """# Benchmarks

Written by `make bench` on {date}; do not edit by hand.

Every contender calls the same loopback server, each from a process of its own, in short bursts that take turns. A ratio
is the median, over the rounds, of a contender's time for a call to that of a raw call in the same round: one shared
client, `client.post(url, json=…)` and `.json()`; for a failover two such calls, for a stream `client.stream`,
`iter_lines` and `json.loads`. The provider takes no time here, so that nothing but the client's own work is seen;
beside a real provider's seconds all of this is small.

{measured}

- *ours* is `ProviderClient`, for a failover with `Failover` around it; *in a chain* has `Failover` around calls whose
  first provider answers; *telemetry on* is `instrument()`: a route, its attempts, their spans in memory.
- openai, any-llm and aisuite have no failover; a hand-written loop of two clients stands in. Retries are off.
- Peers are held by raw httpx. LiteLLM's asynchronous calls travel by aiohttp, which is cheaper.
- Answers and chunks of peers are left as the objects that they give; ours and the raw ones are dicts.

## Limits

| what | limit | measured | |
| --- | --- | --- | --- |
"""
MEASURED = """Measured on {machine}. The server answers {ceiling:.0f} plain requests a second to one thread, and its
CPU would allow {by_cpu:.0f}. Rounds: {rounds}. Processes were started {lives} times (peers: once)."""
RATIOS_HEAD = """
## {title}

CPU ratio, and wall ratio in brackets; then microseconds of CPU and of wall time a call.

"""
IMPORTS_HEAD = """
## Imports

Milliseconds of CPU over the bare interpreter, median of {rounds}.

| package | CPU |
| --- | --- |
"""


@dataclass(frozen=True)
class Result:
    """One run."""

    machine: Machine
    ceiling: dict[str, float]
    lives: int
    figures: Sequence[Figure]
    imports: Sequence[ImportFigure]
    failures: dict[str, str]

    @property
    def verdicts(self) -> list[Verdict]:
        """The limits beside it."""
        return verdicts_of(self.figures, self.imports)

    @property
    def failed(self) -> list[str]:
        """Who failed, with what it said; the same words once."""
        by_words: dict[str, list[str]] = defaultdict(list)
        for who, said in self.failures.items():
            by_words[said.splitlines()[0]].append(who)
        return [f"{'; '.join(who)}: {said}" for said, who in by_words.items()]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "machine": asdict(self.machine),
            "server": self.ceiling,
            "figures": [figure.as_json() for figure in self.figures],
            "imports": [asdict(figure) for figure in self.imports],
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "failures": self.failures,
        }


def tables(result: Result) -> Iterator[Table]:
    """The tables for the terminal."""
    for kind, title in KINDS.items():
        columns = [f"{scenario.mode} {scenario.parallel}:right" for scenario in SCENARIOS if scenario.kind == kind]
        made = table("contender:whole", *columns, title=f"{title}: CPU ratio (wall ratio), CPU µs a call")
        for name, cells in _rows(result.figures, kind):
            made.add_row(name, *cells)
        yield made
    imports = table("import", "CPU ms over bare:right")
    for figure in result.imports:
        imports.add_row(figure.module, f"{figure.milliseconds:.0f}")
    yield imports
    limits = table("limit of", "limit:right", "measured:right", "")
    for verdict in result.verdicts:
        limits.add_row(verdict.what, verdict.limit, verdict.measured, "met" if verdict.met else "[red]not met[/]")
    yield limits


def page(result: Result, *, date: str) -> str:
    """The reference page."""
    parts = [_head(result, date)]
    parts += [f"| {each.what} | {each.limit} | {each.measured} | {_met(each)} |\n" for each in result.verdicts]
    for kind, title in KINDS.items():
        heads = [f"{each.mode}, {each.parallel} in parallel" for each in SCENARIOS if each.kind == kind]
        parts += [RATIOS_HEAD.format(title=title.capitalize()), _line("contender", *heads), _line(*["---"] * 5)]
        parts += [_line(name, *cells) for name, cells in _rows(result.figures, kind, wall=True)]
    parts.append(IMPORTS_HEAD.format(rounds=max((each.rounds for each in result.imports), default=0)))
    parts += [f"| `{each.module}` | {each.milliseconds:.0f} ms |\n" for each in result.imports]
    if result.failures:
        parts += ["\n## What failed\n\n```text\n", *(f"{line}\n" for line in result.failed), "```\n"]
    return "".join(parts)


def _head(result: Result, date: str) -> str:
    ours = [figure.rounds for figure in result.figures if held_by(figure.contender) == figure.contender]
    others = [figure.rounds for figure in result.figures]
    rounds = f"{max(ours, default=0)} for raw httpx and ours, at least {min(others, default=0)} for each other"
    ceiling, by_cpu = result.ceiling["measured"], result.ceiling["by_cpu"]
    told = MEASURED.format(machine=result.machine, rounds=rounds, lives=result.lives, ceiling=ceiling, by_cpu=by_cpu)
    return HEAD.format(date=date, measured=textwrap.fill(told, WIDTH))


def _rows(figures: Sequence[Figure], kind: str, *, wall: bool = False) -> Iterator[tuple[str, list[str]]]:
    columns = [scenario for scenario in SCENARIOS if scenario.kind == kind]
    for name in dict.fromkeys(figure.contender for figure in figures):
        mine = {figure.scenario: figure for figure in figures if figure.contender == name}
        if any(scenario in mine for scenario in columns):
            yield name, [_cell(mine.get(scenario), wall=wall) for scenario in columns]


def _cell(figure: Figure | None, *, wall: bool) -> str:
    if figure is None:
        return ""
    spent = f"{figure.cpu.median:.0f}" + (f" and {figure.wall.median:.0f}" if wall else "")
    if figure.cpu_ratio is None or figure.wall_ratio is None or figure.contender == RAW:
        return f"{spent} µs"
    return f"{figure.cpu_ratio.median:.2f} ({figure.wall_ratio.median:.2f}), {spent} µs"


def _met(verdict: Verdict) -> str:
    return "met" if verdict.met else "**not met**"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
