"""``fuzz``."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from cutover_cli._arm_options import ArmChoice, arm_options, open_arms
from cutover_cli._console import console, error_console, print_json
from cutover_cli._inputs import write_output
from cutover_cli._replay_view import show_lines
from cutover_parity import html_report, junit_report

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING = click.Path(path_type=Path, exists=True)


@click.command()
@click.argument("recordings", nargs=-1, type=EXISTING)
@arm_options
@click.option("--seeds", type=FILE, help="A JSON list of requests to vary, where nothing is recorded.")
@click.option(
    "--openapi",
    metavar="PATH",
    default="/openapi.json",
    show_default=True,
    help="Where the application serves its OpenAPI document; asked in process, if there are no other seeds.",
)
@click.option("--cases", type=click.IntRange(1), default=200, show_default=True, help="How many pairs to ask.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed asks the same.")
@click.option("--time", "seconds", type=click.FloatRange(1), metavar="SECONDS", help="Stop after so long.")
@click.option("--depth", type=click.Choice(["calls", "http"]), default="calls", show_default=True)
@click.option(
    "--provider-path",
    metavar="PATH",
    help="Where a request names its provider: provider, query:x, header:x (default: found by trying).",
)
@click.option("--alias", "aliases", metavar="NAME", multiple=True, help="A further name of some provider; repeatable.")
@click.option("--noise", type=FILE, help="Rules for differences that do not matter.")
@click.option(
    "--findings",
    "past",
    type=FOLDER,
    metavar="FOLDER",
    help="Past findings: asked first, new ones are added (default: .cutover/findings of a migrated tree).",
)
@click.option("--counterexamples", type=FOLDER, metavar="FOLDER", help="Write each finding as a pytest file.")
@click.option("--html", type=FILE, help="Write the report as one HTML page.")
@click.option("--junit", type=FILE, help="Write the report as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def fuzz(arms: ArmChoice, html: Path | None, junit: Path | None, as_json: bool, **given: Any) -> int:
    """Make up requests and upstream faults, ask both arms, and shrink what differs; exit 1 on a finding.

    Requests are varied from RECORDINGS, or from a file of --seeds, or from the application's own OpenAPI document.
    """
    from cutover_cli._fuzz_run import FuzzOptions, run_fuzz  # noqa: PLC0415  Hypothesis takes long to import
    from cutover_parity.fuzzing import fuzz_lines, fuzz_to_json  # noqa: PLC0415

    with open_arms(arms) as opened:
        for note in opened.notes:
            error_console().print(note, soft_wrap=True)
        report = run_fuzz(opened, FuzzOptions(**given))
    if html is not None:
        write_output(
            html,
            html_report(report.replay, title=f"Fuzzing with seed {report.seed}", version=version("provider-cutover")),
        )
    if junit is not None:
        write_output(junit, junit_report(report.replay, name="fuzz"))
    if as_json:
        print_json(fuzz_to_json(report))
    else:
        show_lines(console(), fuzz_lines(report))
    return report.exit_code
