"""What ``finish --adopt-failover`` shows: each loop with what becomes of it, the replay, what was written."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from cutover_cli._adopt_run import AdoptReport
from cutover_cli._console import table
from cutover_cli._migrate_views import finished_json
from cutover_cli._replay_view import show_lines
from cutover_migrate import Finished, LoopsAdopted, adoption_json
from cutover_migrate.adopt import ADOPT_REASONS
from cutover_migrate.reports import visible
from cutover_parity import report_text, report_to_json

PAGE = "docs/refusals.md"


def adopt_json(report: AdoptReport) -> dict[str, Any]:
    """The outcome for machines."""
    written = report.written.committed.written if isinstance(report.written, LoopsAdopted) else ()
    finished = None if report.finished is None else finished_json(report.finished)
    return {
        "outcome": "adopted" if written else "nothing_adopted" if report.clean else "not_replayed",
        "finish": finished,
        "written": list(written),
        **adoption_json(report.planned),
        "replays": [report_to_json(each) for each in report.replays],
    }


def show_adopted(out: Console, report: AdoptReport) -> None:
    """The loops as a table, why others stay, the replay in short, and what was written."""
    rows = table("loop", "over", "what becomes of it")
    for loop in report.planned.adopted:
        rows.add_row(_place(loop.file, loop.line, loop.function), escape(loop.chain), "[green]adopted[/], proved")
    for left in report.planned.refused:
        rows.add_row(_place(left.file, left.line, left.function), escape(left.chain), f"[yellow]stays[/]: {left.code}")
    out.print(rows)
    for left in report.planned.refused:
        fact = f"{left.file}: {left.code}: {left.fact}; to unlock it: {ADOPT_REASONS[left.code].unlock}"
        out.print(f"[yellow]·[/] {escape(visible(fact))}", soft_wrap=True)
    for replayed in report.replays:
        if replayed.clean:
            out.print(f"replayed: {replayed.replays} pairs, no difference between finished and adopted")
        else:
            show_lines(out, report_text(replayed).splitlines())
    _show_written(out, report)


def _show_written(out: Console, report: AdoptReport) -> None:
    if not report.clean:
        out.print("[bold red]the replay is not clean, so nothing was written[/]")
        return
    if isinstance(report.finished, Finished):
        out.print("the legacy arm is gone, and what is left is certified")
    if not isinstance(report.written, LoopsAdopted):
        out.print("no loop was adopted, so nothing more was written", style="bold")
        return
    for path in report.written.committed.written:
        out.print(f"[green]edited[/] {escape(path)}")
    out.print(
        f"{len(report.planned.adopted)} loops go over the registry's routes, under: "
        f"{escape(', '.join(axiom.id for axiom in report.planned.proof.axioms))}; `cutover undo` brings all back",
        style="bold",
        soft_wrap=True,
    )


def _place(file: str, line: int, function: str) -> str:
    return escape(f"{file}:{line} {function}".strip())
