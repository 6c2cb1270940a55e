"""``scan``, ``plan``, ``apply``, ``verify``, ``finish``, ``undo``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from cutover_cli import _migrate_views as views
from cutover_cli._console import console, error_console, print_json
from cutover_cli._inputs import named_root, plan_root, read_plan, readable, settled, write_output
from cutover_cli._scan_view import show_scan, show_unread
from cutover_migrate import (
    AlreadyDone,
    NothingFound,
    Options,
    apply_plan,
    certified_plan,
    empty_plan,
    finish_cutover,
    journal_of,
    plan_json,
    project_root,
    scan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
ROOT = click.option(
    "--root", type=click.Path(path_type=Path), help="The project's root folder (default: found from here)."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.command()
@PATHS
@ROOT
@JSON
@click.option("--include", multiple=True, metavar="SITE", help="Treat this site (by id) as provider dispatch too.")
@click.option("--check", is_flag=True, help="Exit 1 while there is provider dispatch left.")
def scan(paths: tuple[Path, ...], root: Path | None, as_json: bool, include: tuple[str, ...], check: bool) -> int:
    """Show every dispatch site under PATHS, what can be rewritten and what not, and why. Writes nothing."""
    chosen = paths or (Path(),)
    found = readable(scan_paths(chosen, root=_root_of(chosen, root), include=include))
    if as_json:
        print_json(scan_json(found, options=Options(unsafe=True, include=include)))
    else:
        show_scan(console(), found)
    return 1 if check and found.chosen else 0


@click.command()
@PATHS
@ROOT
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to this file.")
@click.option("--services", metavar="FOLDER", help="Folder for provider_registry.py and provider_loader.py.")
@click.option("--config", metavar="FOLDER", help="Folder for providers.py.")
@click.option(
    "--import-root", metavar="FOLDER", help="Folder from which the project's imports resolve, if it is not seen."
)
@click.option("--unsafe", is_flag=True, help="Rewrite sites of level unsafe too.")
@click.option("--include", multiple=True, metavar="SITE", help="Treat this site (by id) as provider dispatch too.")
@click.option("--diff", is_flag=True, help="Show every edit as a unified diff.")
def plan(
    paths: tuple[Path, ...],
    root: Path | None,
    output: Path | None,
    services: str | None,
    config: str | None,
    import_root: str | None,
    unsafe: bool,
    include: tuple[str, ...],
    diff: bool,
) -> int:
    """Work out the registry that results and every edit, before anything is touched.

    \b
    cutover plan src/ -o plan.json    (or: cutover plan src/ > plan.json)
    """  # noqa: D301
    chosen = paths or (Path(),)
    top = _root_of(chosen, root)
    data = _planned(chosen, top, Options(services, config, import_root, unsafe, include))
    text = json.dumps(data, indent=2) + "\n"
    if output is not None:
        write_output(output, text)
    elif not sys.stdout.isatty() and not diff:
        sys.stdout.write(text)
        return 0
    views.show_plan(console(), data, diff=diff)
    if output is not None:
        console().print(f"\nwritten to {output}; next: [bold]cutover apply {output}[/]", soft_wrap=True)
    return 0


def _planned(paths: tuple[Path, ...], root: Path, options: Options) -> dict[str, Any]:
    """The plan as JSON; an empty one where everything is applied already."""
    found = readable(scan_paths(paths, root=root, include=options.include, import_root=options.import_root))
    show_unread(error_console(), found)
    try:
        worked = certified_plan(found, options)
    except NothingFound:
        journal = journal_of(root)
        if journal is None:
            raise
        error_console().print(f"nothing new: a cutover is {journal.state} here already (sites: {len(journal.sites)})")
        return empty_plan(found, options)
    for site in worked.options.exclude:
        error_console().print(f"left out: {site}: its rewrite cannot be certified", highlight=False, soft_wrap=True)
    return plan_json(worked)


def _root_of(paths: tuple[Path, ...], root: Path | None) -> Path:
    """The root of the project that the paths belong to, nothing half-written in it."""
    return settled(project_root(paths) if root is None else named_root(root))


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@ROOT
@JSON
@click.option("--no-dependency", is_flag=True, help="Leave the application's dependency file alone.")
def apply(plan_file: Path, root: Path | None, as_json: bool, no_dependency: bool) -> int:
    """Write both arms side by side behind the switch, as PLAN says: all or nothing, certified before it is written."""
    data = read_plan(plan_file)
    top = plan_root(data, root)
    outcome = apply_plan(top, data, add_dependency=not no_dependency)
    if as_json:
        print_json(views.applied_json(outcome))
    elif isinstance(outcome, AlreadyDone):
        console().print(f"nothing to do: {outcome.reason}")
    else:
        views.show_applied(console(), outcome, top)
    return 0


@click.command()
@ROOT
@JSON
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write the certificate to a file."
)
def verify(root: Path | None, as_json: bool, output: Path | None) -> int:
    """Certify what is on disk: for each site and each key, legacy and registry are the same program."""
    verified = verify_cutover(named_root(root))
    if output is not None:
        write_output(output, verified.certificate.to_json())
    if as_json:
        print_json(views.verified_json(verified))
    else:
        views.show_verified(console(), verified)
    return 0 if verified.valid else 1


@click.command()
@ROOT
@JSON
def finish(root: Path | None, as_json: bool) -> int:
    """Take the legacy arm, its imports, tables and lists out; certified before it is written."""
    outcome = finish_cutover(named_root(root))
    if as_json:
        print_json(views.finished_json(outcome))
    elif isinstance(outcome, AlreadyDone):
        console().print(f"nothing to do: {outcome.reason}")
    else:
        views.show_finished(console(), outcome)
    return 0


@click.command()
@ROOT
@JSON
@click.option("--force", is_flag=True, help="Also remove generated files that were edited since.")
def undo(root: Path | None, as_json: bool, force: bool) -> int:
    """Take everything back, byte for byte; edits made since are kept where they do not touch ours."""
    outcome = undo_cutover(named_root(root), force=force)
    if as_json:
        print_json({"restored": outcome.restored, "removed": outcome.removed, "merged": outcome.merged})
    else:
        views.show_undone(console(), outcome)
    return 0
