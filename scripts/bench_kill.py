"""How soon a fleet is on the legacy arm, whatever has happened to its store; no request lost, no share raised.

Eight workers serve HTTP under load and follow a state in PostgreSQL, then in Redis. They are killed by a decision, with
its push and without; by the kill file, with the store killed and with the network to it cut; by a signal. The network
is one of the kernel's where this may be made (root), else a relay on loopback.

Example: ``python scripts/bench_kill.py --turns 4``; exit code 1: something took too long or was wrong
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from rich.console import Console

from cutover_cli._console import table
from kill_run import Kind, Outcome, Postgresql, Redis, Report, Size, may_lay, run, system_program

KINDS: dict[str, Kind] = {"postgresql": Postgresql, "redis": Redis}


def main() -> int:
    """Measure and print; 1 if a limit is not kept or something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=12, help="kills a scenario, of every worker each (12)")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument(
        "--seconds", type=float, default=240, help="for each store: begin no scenario after these (240)"
    )
    parser.add_argument("--store", choices=KINDS, action="append", help="one of them alone")
    parser.add_argument("--system", action="store_true", help="the operating system's servers")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    err = Console(stderr=True)
    reports = {}
    for name in asked.store or KINDS:
        kind = KINDS[name]

        def told(outcome: Outcome, name: str = name) -> None:
            err.print(f"{name}: {outcome.name}: {outcome.quantile(0.5):.3f} s", style="dim")

        installed = system_program(kind) if asked.system else None
        size = Size(workers=asked.workers)
        reports[name] = run(kind, turns=asked.turns, seconds=asked.seconds, size=size, installed=installed, told=told)
    if asked.json:
        print(json.dumps({name: as_json(report) for name, report in reports.items()}, indent=2))
    else:
        show(reports)
    return int(not all(report.held for report in reports.values()))


def show(reports: dict[str, Report]) -> None:
    """Print a table, and what was wrong."""
    out = Console()
    network = "a network namespace" if may_lay() else "a relay on loopback"
    shown = table("state", "what kills", "workers", "median", "p99", "last", "limit", "")
    for name, report in reports.items():
        for outcome in report.outcomes:
            figures = [f"{outcome.quantile(q):.3f} s" for q in (0.5, 0.99, 1.0)]
            limit = f"{outcome.most:g} s"
            shown.add_row(
                name, outcome.name, str(len(outcome.seconds)), *figures, limit, "held" if outcome.held else "NOT HELD"
            )
    out.print(shown)
    out.print(f"through {network}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for name, report in reports.items():
        out.print(f"{name}: {report.sent:,} requests, {'none' if not report.wrong else 'NOT NONE'} lost or wrong")
        for line in [*report.wrong, *(line for outcome in report.outcomes for line in outcome.wrong)]:
            out.print(f"{name}: {line}", style="red", markup=False, highlight=False)


def as_json(report: Report) -> dict[str, Any]:
    """A report as it is printed for programs."""
    return {
        "sent": report.sent,
        "wrong": report.wrong,
        "held": report.held,
        "load": os.getloadavg()[0],
        "scenarios": [scenario_json(outcome) for outcome in report.outcomes],
    }


def scenario_json(outcome: Outcome) -> dict[str, Any]:
    """A scenario of it."""
    quantiles = {"median": outcome.quantile(0.5), "p99": outcome.quantile(0.99), "max": outcome.quantile(1.0)}
    rounded = {name: round(seconds, 4) for name, seconds in quantiles.items()}
    return {
        "scenario": outcome.name,
        "samples": len(outcome.seconds),
        **rounded,
        "limit": outcome.most,
        "wrong": outcome.wrong,
        "held": outcome.held,
    }


if __name__ == "__main__":
    sys.exit(main())
