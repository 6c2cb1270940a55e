"""``cutover scan``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cutover_cli._baseline import known_sites
from cutover_cli._choices import FILE, Scanned, choose, find_site, reports, selection, setting_or
from cutover_cli._console import console, error_console, print_json
from cutover_cli._json_option import JSON
from cutover_cli._report_files import Reports, write_reports
from cutover_cli._scan_view import show_scan, show_site
from cutover_migrate import Site, scan_json
from cutover_migrate.reports import fingerprints


@click.command()
@selection
@JSON
@reports
@click.option("--check", is_flag=True, help="Exit 1 while there is dispatch left that `cutover plan` would rewrite.")
@click.option("--baseline", type=FILE, help="SARIF file of an earlier scan; --check does not count the sites in it.")
@click.pass_context
def scan(
    context: click.Context,
    /,
    paths: tuple[Path, ...],
    root: Path | None,
    as_json: bool,
    check: bool,
    baseline: Path | None,
    show: tuple[str, ...],
    code: bool,
    diff: bool,
    stage: str,
    sarif: Path | None,
    html: Path | None,
    **selected: Any,
) -> int:
    """Show every dispatch site under PATHS, what can be rewritten and what not, and why. Writes no source.

    What is not typed is taken from cutover.toml or [tool.cutover] in pyproject.toml, in the project's root.
    """
    choices = choose(context, paths, root, **selected)
    done = choices.scan()
    known = known_sites(_baseline(context, choices.settings, choices.root, baseline)) if check else frozenset()
    shown = [find_site(done.found, name) for name in show]
    printed = write_reports(done, Reports(sarif, html, diff, stage))
    if as_json:
        print_json(scan_json(done.found, options=replace(done.options, unsafe=True)))
    elif not printed:
        _show(done, shown, code=code)
    return _checked(done, known) if check else 0


def _show(done: Scanned, shown: Iterable[Site], *, code: bool) -> None:
    for site in shown:
        show_site(console(), done.found, site)
    if not shown:
        show_scan(console(), done.found, excluded=done.options.exclude, code=code)


def _baseline(context: click.Context, settings: Any, root: Path, typed: Path | None) -> Path | None:
    chosen = setting_or(context, settings, "baseline", typed)
    return root / chosen if isinstance(chosen, str) else chosen


def _checked(done: Scanned, known: frozenset[str]) -> int:
    """Exit code 1 and a word on standard error, if something is left that is not known."""
    marks = fingerprints(done.found.sites)
    left = [site for site in done.rewritten if marks[site.id] not in known]
    if not left:
        return 0
    out = error_console()
    out.print(f"check: {len(left)} left that `cutover plan` would rewrite:", markup=False)
    for site in left:
        place = f"{site.path}:{site.facts.start_line}"
        out.print(f"  {place}: {site.id} ({site.facts.decision})", markup=False, soft_wrap=True)
    return 1
