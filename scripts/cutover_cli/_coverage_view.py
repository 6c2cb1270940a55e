"""What ``coverage`` shows to people: a matrix for each site, the failover edges, and what a requirement misses.

Example: ``show_coverage(Console(), report)``
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from cutover_cli._console import table
from cutover_parity import Cell, Coverage, Judgement, Lacking, ReplayReport

MARKS = {"both": "recorded+", "recorded": "recorded", "generated": "generated", "nothing": "-"}
STYLES = {"both": "green", "recorded": "green", "generated": "yellow", "nothing": "red"}
MOST_HOLES = 40
MOST_EDGES = 20


def show_coverage(out: Console, report: ReplayReport) -> None:
    """The matrix of each site; `recorded+` was reached by recorded and by generated requests."""
    coverage = report.coverage
    for site in dict.fromkeys(cell.site for cell in coverage.cells):
        _show_site(out, coverage, site)
    _show_edges(out, coverage)
    out.print(
        f"{len(coverage.reached)} of {len(coverage.cells)} cells (site, key, outcome) reached: "
        f"{len(coverage.recorded)} by recorded requests, {len(coverage.generated)} by generated ones",
        soft_wrap=True,
    )
    if not coverage.traced:
        out.print(
            "sites are inferred from the calls of each module, since neither arm was seen to ask one", soft_wrap=True
        )
    if mismatches := report.counts["mismatch"]:
        out.print(f"{mismatches} of {report.replays} replays differ; see `cutover replay`", style="bold red")


def show_judgement(out: Console, judgement: Judgement) -> None:
    """Whether coverage is enough, and if not, what is missing."""
    if not isinstance(judgement, Lacking):
        out.print(f"enough: --require {judgement.required} is met", style="bold green")
        return
    out.print(f"NOT ENOUGH for --require {judgement.required}; not reached:", style="bold red")
    _show_lines(out, judgement.holes, most=MOST_HOLES)


def _show_site(out: Console, coverage: Coverage, site: str) -> None:
    cells = [cell for cell in coverage.cells if cell.site == site]
    outcomes = list(dict.fromkeys(cell.outcome for cell in cells))
    rows = table("key", *outcomes, title=site)
    for key in dict.fromkeys(cell.key for cell in cells):
        own = [cell for cell in cells if cell.key == key]
        name = Text(key, "" if own[0].known else "dim")
        rows.add_row(name, *(_mark(coverage, cell) for cell in own))
    out.print(rows)
    out.print()


def _mark(coverage: Coverage, cell: Cell) -> Text:
    origin = coverage.origin(cell)
    return Text(MARKS[origin], STYLES[origin])


def _show_edges(out: Console, coverage: Coverage) -> None:
    if not coverage.edges:
        return
    out.print("failover edges", style="bold")
    lines = [f"{one.site}: {one.failed} to {one.tried} ({coverage.origin(one)})" for one in coverage.edges]
    _show_lines(out, lines, most=MOST_EDGES)
    out.print()


def _show_lines(out: Console, lines: Iterable[str], *, most: int) -> None:
    lines = list(lines)
    for line in lines[:most]:
        out.print(Text(f"  {line}"), soft_wrap=True)
    if len(lines) > most:
        out.print(f"  … and {len(lines) - most} more; --json has all")
