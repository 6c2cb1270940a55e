"""The limits, and whether they are met: told plainly, one line each.

A ratio is met when both its CPU time and its wall time are within the limit, at every number of calls in parallel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter

from bench_run._contenders import PEERS
from bench_run._figures import Figure
from bench_run._imports import ImportFigure
from bench_worker import KINDS

RATIOS = {
    ("ours", "chat"): 1.10,
    ("ours, telemetry on", "chat"): 1.30,
    ("ours", "failover"): 1.35,
    ("ours", "stream"): 1.50,
}
OWN_CPU = ("ours on aiohttp, telemetry on", 250.0)
IMPORT = ("cutover_registry", 60.0)
AHEAD = ("ours", "ours, telemetry on")


@dataclass(frozen=True)
class Verdict:
    """One limit beside what was measured."""

    what: str
    limit: str
    measured: str
    met: bool


def verdicts_of(figures: Sequence[Figure], imports: Iterable[ImportFigure]) -> list[Verdict]:
    """Every limit that was measured."""
    return [*_ratios(figures), *_ahead(figures), *_own_cpu(figures), *_imports(imports)]


def _ratios(figures: Sequence[Figure]) -> Iterator[Verdict]:
    for (name, kind), limit in RATIOS.items():
        for figure in figures:
            if (figure.contender, figure.scenario.kind) != (name, kind) or figure.cpu_ratio is None:
                continue
            assert figure.wall_ratio is not None
            cpu, wall = figure.cpu_ratio.median, figure.wall_ratio.median
            yield Verdict(
                f"{name}: {figure.scenario.title}",
                f"≤ {limit:.2f}",
                f"{cpu:.2f} CPU, {wall:.2f} wall",
                max(cpu, wall) <= limit,
            )


def _ahead(figures: Sequence[Figure]) -> Iterator[Verdict]:
    """One line for each kind of work: the peer that came nearest to ours, in CPU or wall time, in any scenario."""
    peers = [figure for figure in figures if figure.contender in PEERS]
    for name, kind in product(AHEAD, KINDS):
        mine = [figure for figure in figures if (figure.contender, figure.scenario.kind) == (name, kind)]
        pairs = [(one, other) for one in mine for other in peers if one.scenario == other.scenario]
        if pairs:
            nearest, one, other = min(((_lead(*pair), *pair) for pair in pairs), key=itemgetter(0))
            where = f"{other.contender}, {one.scenario.mode} {one.scenario.parallel}"
            what = f"{name}: {KINDS[kind]}, a peer's time to ours"
            yield Verdict(what, "> 1", f"{nearest:.2f} for the nearest ({where})", nearest > 1)


def _lead(mine: Figure, other: Figure) -> float:
    return min(other.cpu.median / mine.cpu.median, other.wall.median / mine.wall.median)


def _own_cpu(figures: Sequence[Figure]) -> Iterator[Verdict]:
    name, limit = OWN_CPU
    for figure in figures:
        if figure.contender == name and figure.scenario.kind == "chat" and figure.cpu_more is not None:
            what = f"{name}: own CPU of a call, {figure.scenario.parallel} in parallel"
            more = figure.cpu_more.median
            yield Verdict(what, f"≤ {limit:.0f} µs", f"{more:.0f} µs", more <= limit)


def _imports(imports: Iterable[ImportFigure]) -> Iterator[Verdict]:
    name, limit = IMPORT
    for figure in imports:
        if figure.module == name:
            told = f"{figure.milliseconds:.0f} ms"
            yield Verdict(f"import {name}, CPU", f"≤ {limit:.0f} ms", told, figure.milliseconds <= limit)
