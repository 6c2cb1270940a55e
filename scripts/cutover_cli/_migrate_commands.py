"""``apply``, ``verify``, ``finish``, ``undo``: the commands that follow a plan."""

from __future__ import annotations

from pathlib import Path

import click

from cutover_cli import _migrate_views as views
from cutover_cli._adopt_options import adopt_options
from cutover_cli._adopt_run import AdoptChoice, adopt
from cutover_cli._adopt_view import adopt_json, show_adopted
from cutover_cli._choices import ROOT, setting_or
from cutover_cli._completion import complete_sites
from cutover_cli._console import console, print_json
from cutover_cli._execute_view import executed, show_executed
from cutover_cli._finish_line import check_finish_line
from cutover_cli._inputs import named_root, plan_root, read_plan, write_output
from cutover_cli._json_option import JSON
from cutover_cli._settings import read_settings
from cutover_migrate import (
    AlreadyDone,
    SitesUndone,
    apply_plan,
    finish_cutover,
    undo_cutover,
    undo_sites,
    verify_cutover,
)


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@ROOT
@JSON
@click.option("--dependency/--no-dependency", default=True,
              help="Add provider-cutover to the application's dependency file, or leave that file alone.")  # fmt: skip
@click.option(
    "--vendor-runtime/--no-vendor-runtime",
    default=False,
    help="Write the runtime into the application, in place of the dependency.",
)
@click.pass_context
def apply(
    context: click.Context,
    plan_file: Path,
    root: Path | None,
    as_json: bool,
    dependency: bool,
    vendor_runtime: bool,
) -> int:
    """Write both arms side by side behind the switch, as PLAN says: all or nothing, certified before it is written."""
    data = read_plan(plan_file)
    top = plan_root(data, root)
    settings = read_settings(top)
    outcome = apply_plan(
        top,
        data,
        add_dependency=setting_or(context, settings, "dependency", dependency),
        vendor_runtime=setting_or(context, settings, "vendor_runtime", vendor_runtime),
    )
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
@click.option("--execute", is_flag=True, help="Execute both programs of each site too, in a sandbox, and compare.")
def verify(root: Path | None, as_json: bool, output: Path | None, execute: bool) -> int:
    """Certify what is on disk: for each site and each key, legacy and registry are the same program.

    With --execute the code of each site's function is run: both programs, among recorders in place of everything that
    they call, in a process without network and home directory, with limits of time and memory. Without it nothing of
    the project is ever executed.
    """
    top = named_root(root)
    verified = verify_cutover(top)
    if output is not None:
        write_output(output, verified.to_json())
    report = executed(top) if execute else None
    if as_json:
        print_json(views.verified_json(verified) | ({"execute": report.to_json()} if report is not None else {}))
    else:
        views.show_verified(console(), verified)
        if report is not None:
            show_executed(console(), report)
    return 0 if verified.valid and (report is None or report.same) else 1


@click.command()
@ROOT
@JSON
@click.option("--force", is_flag=True, help="Also where a rollout was started that is not done.")
@adopt_options
def finish(root: Path | None, as_json: bool, force: bool, adopting: AdoptChoice | None) -> int:
    """Take the legacy arm, its imports, tables and lists out; certified before it is written.

    Where a rollout was started, it has to be done first (`cutover rollout done`).

    With --adopt-failover, hand-written failover loops around the finished sites go over the registry's routes too: the
    same program by default, proved, and replayed before anything is written. A tree that is finished already may be
    named as well.
    """
    top = named_root(root)
    if not force:
        check_finish_line(top)
    if adopting is not None:
        report = adopt(top, adopting)
        if as_json:
            print_json(adopt_json(report))
        else:
            show_adopted(console(), report)
        return 0 if report.clean else 1
    outcome = finish_cutover(top)
    if as_json:
        print_json(views.finished_json(outcome))
    elif isinstance(outcome, AlreadyDone):
        console().print(f"nothing to do: {outcome.reason}")
    else:
        views.show_finished(console(), outcome)
    return 0


@click.command()
@click.argument("sites", nargs=-1, metavar="[SITE]...", shell_complete=complete_sites)
@ROOT
@JSON
@click.option("--force", is_flag=True, help="Also remove generated files that were edited since.")
def undo(sites: tuple[str, ...], root: Path | None, as_json: bool, force: bool) -> int:
    """Take everything back, or these sites alone (by name or id), byte for byte.

    Edits made since are kept where they do not touch ours. What is left of the other sites is certified.
    """
    top = named_root(root)
    outcome = undo_sites(top, sites, force=force) if sites else undo_cutover(top, force=force)
    if as_json:
        print_json(views.undone_json(outcome))
    elif isinstance(outcome, SitesUndone):
        views.show_sites_undone(console(), outcome)
    else:
        views.show_undone(console(), outcome)
    return 0
