"""Our clients, failover and imports against raw calls and against their peers, on one loopback server.

The peers (`bench_peers.txt`) are installed by pip into a venv below ``.bench``, once. Every contender runs in a process
of its own, in bursts that take turns; figures are medians of ratios. The exit code is 1 when a limit is missed.

    python scripts/bench_peers.py --page docs/reference/benchmarks.md      everything, in about eight minutes
    python scripts/bench_peers.py --quick --only "raw httpx" --only ours   a few seconds, no venv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.console import Console

from bench_run import (
    ALL,
    PEERS,
    Machine,
    Pace,
    Result,
    Server,
    figures_of,
    import_figures,
    measured,
    page,
    peers_python,
    tables,
)
from bench_worker import KINDS, SCENARIOS
from cutover_cli._console import print_json, progress

HERE = Path(__file__).resolve().parent
QUICK = Pace(seconds=0, lives=1, burst=0.02, rounds=2)
PIPED_WIDTH = 150


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, tell, and give the exit code."""
    asked = _parser().parse_args(arguments)
    result = _run(asked)
    if asked.page:
        asked.page.write_text(page(result, date=date.today().isoformat()), encoding="utf-8")
    if asked.json:
        print_json(result.as_json())
    else:
        _show(result)
    return 0 if all(verdict.met for verdict in result.verdicts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=ALL, metavar="NAME", help=f"of {', '.join(ALL)}; repeatable")
    parser.add_argument("--kind", action="append", choices=KINDS, help="this kind of work alone; repeatable")
    parser.add_argument("--quick", action="store_true", help="two short rounds: does it run at all")
    parser.add_argument("--seconds", type=float, help=f"of the rounds, imports aside (default {Pace().seconds:.0f})")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--page", type=Path, help="write the reference page to this file")
    return parser


def _run(asked: argparse.Namespace) -> Result:
    contenders = asked.only or ALL
    pace = QUICK if asked.quick else Pace()
    if asked.seconds is not None:
        pace = replace(pace, seconds=asked.seconds)
    peers = any(name in PEERS for name in contenders)
    python = peers_python(HERE / "bench_peers.txt", HERE.parent / ".bench") if peers else Path(sys.executable)
    scenarios = [scenario for scenario in SCENARIOS if not asked.kind or scenario.kind in asked.kind]
    machine = Machine.of(python)
    with Server(python) as server, _bar("seconds of rounds", pace.seconds) as told:
        ceiling = server.ceiling()
        samples, failures = measured(contenders, scenarios, python=python, server=server, pace=pace, told=told)
    rounds = 1 if asked.quick else 9
    with _bar("rounds of imports", rounds) as told:
        imports = import_figures(contenders, python=python, rounds=rounds, told=told)
    lives = 1 + max((sample.life for sample in samples), default=0)
    return Result(machine, ceiling, lives, figures_of(samples), imports, failures)


@contextmanager
def _bar(text: str, total: float) -> Iterator[Callable[[float], None]]:
    with progress(text, round(total)) as told:
        yield lambda done: told(min(round(done), round(total)))


def _show(result: Result) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(f"{result.machine}\n")
    for each in tables(result):
        console.print(each, "")
    for line in result.failed:
        console.print(f"failed: {line}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
