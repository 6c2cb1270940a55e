"""``verify --execute``: what is said before it runs, and what came of it.

Example: ``show_executed(console(), executed(Path(".")))``
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from cutover_cli._console import error_console, table
from cutover_migrate.execute import Executed, ExecuteReport, execute_project
from cutover_migrate.reports import visible


def executed(root: Path) -> ExecuteReport:
    """Execute both programs of each site; says on standard error that it does."""
    out = error_console()
    out.print("executing code of this project, in a sandbox: both programs of each site, among recorders")
    return execute_project(root)


def show_executed(out: Console, report: ExecuteReport) -> None:
    """The sites as a table, the first difference of each, and the walls of the sandbox."""
    rows = table("site:whole", "pairs:right", "reached:right", "executed")
    for site in report.executed:
        rows.add_row(escape(site.site), str(site.pairs), str(site.reached), _verdict(site))
    for left in report.not_executed:
        rows.add_row(escape(left.site), "", "", f"[yellow]not executed[/]: {escape(visible(left.reason))}")
    out.print()
    out.print(rows)
    for finding in report.findings():
        out.print(f"[red]✗[/] {escape(visible(finding))}", soft_wrap=True)
    pairs = sum(site.pairs for site in report.executed)
    word = "[bold green]no difference[/]" if report.same else f"[bold red]{report.differences} differences[/]"
    out.print(f"\n{word} in {pairs} pairs of runs; sandbox: {escape(', '.join(report.walls))}")


def _verdict(site: Executed) -> str:
    if site.differences:
        return f"[red]{site.differences} differ[/]"
    if not site.reached:
        return "[yellow]never reached[/]"
    more = [f"{site.cut} cut"] if site.cut else []
    more += [f"{site.left_out} left out: the time was up"] if site.left_out else []
    return "[green]same[/]" + (f" ({', '.join(more)})" if more else "")
