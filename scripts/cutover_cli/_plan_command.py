"""``cutover plan``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from cutover_cli import _migrate_views as views
from cutover_cli._choices import Scanned, choose, find_site, reports, selection
from cutover_cli._console import console, error_console
from cutover_cli._inputs import write_output
from cutover_cli._plan_view import show_rewrite
from cutover_cli._report_files import Reports, write_reports
from cutover_cli._scan_view import show_accounting, show_unread
from cutover_migrate import NothingFound, Plan, certified_plan, empty_plan, journal_of, plan_json


@click.command()
@selection
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to this file.")
@reports
@click.pass_context
def plan(
    context: click.Context,
    /,
    paths: tuple[Path, ...],
    root: Path | None,
    output: Path | None,
    show: tuple[str, ...],
    code: bool,
    diff: bool,
    stage: str,
    sarif: Path | None,
    html: Path | None,
    **selected: Any,
) -> int:
    """Work out the registry that results and every edit, before anything is touched.

    \b
    cutover plan src/ -o plan.json    (or: cutover plan src/ > plan.json)
    """  # noqa: D301
    done = choose(context, paths, root, **selected).scan()
    shown = [find_site(done.found, name).id for name in show]
    show_unread(error_console(), done.found)
    worked = _worked_out(done)
    data = plan_json(worked) if worked is not None else empty_plan(done.found, done.options)
    text = json.dumps(data, indent=2) + "\n"
    if output is not None:
        write_output(output, text)
    printed = write_reports(done, Reports(sarif, html, diff and worked is not None, stage), plan=worked)
    if printed or (diff and worked is None):
        return 0
    if output is None and not sys.stdout.isatty() and not (shown or code):
        sys.stdout.write(text)
        return 0
    views.show_plan(console(), data)
    if worked is not None:
        for site in worked.sites:
            if code or site.id in shown:
                show_rewrite(console(), worked, site.id)
    show_accounting(console(), done.found)
    if output is not None:
        console().print(f"\nwritten to {output}; next: [bold]cutover apply {output}[/]", soft_wrap=True)
    return 0


def _worked_out(done: Scanned) -> Plan | None:
    """The plan; ``None`` where everything is applied already."""
    try:
        worked = certified_plan(done.found, done.options)
    except NothingFound:
        journal = journal_of(done.root)
        if journal is None:
            raise
        error_console().print(f"nothing new: a cutover is {journal.state} here already (sites: {len(journal.sites)})")
        return None
    for site in worked.options.exclude:
        if site not in done.options.exclude:
            error_console().print(f"left out: {site}: its rewrite cannot be certified", highlight=False, soft_wrap=True)
    return worked
