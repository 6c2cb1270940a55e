"""Chaos: the migrated example gateway under every kind of failure, and a reckoning of what telemetry stored of it.

Several gateway processes store into one file while an upstream answers with errors, resets, silence, cuts and broken
bytes, callers hang up, and the switch turns. Attempts in the store have to be the attempts that were made, exactly.

    python scripts/chaos.py --routes 100000 [--seconds 1800] [--workers 2] [--parallel 20]

Exit code 0: all held; 1: something differs, and it is printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from chaos_run import Chaos, run
from cutover_cli._console import progress, table

SHOWN = 5


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="The example gateway under every kind of failure.")
    parser.add_argument("--routes", type=int, default=2_000)
    parser.add_argument("--parallel", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3_600, help="stop sending after so many")
    asked = parser.parse_args()
    chaos = Chaos(asked.routes, asked.parallel, asked.workers, asked.seconds)
    out = Console()
    with tempfile.TemporaryDirectory() as folder, progress("requests", asked.routes) as done:
        findings = run(chaos, Path(folder) / "chaos", told=done)
    shown = table("what has to hold", "figure", "")
    for finding in findings:
        shown.add_row(finding.what, finding.figure, "held" if finding.held else f"{len(finding.differences)} differ")
    out.print(shown)
    for finding in findings:
        for difference in finding.differences[:SHOWN]:
            out.print(f"{finding.what}: {difference}", style="red", markup=False, highlight=False)
    return 0 if all(finding.held for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
