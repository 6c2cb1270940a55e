"""The other forms of a report: SARIF, one HTML page, a unified diff.

Example: ``write_reports(scanned, Reports(sarif=Path("cutover.sarif")))``
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.syntax import Syntax

from cutover_cli._choices import Scanned
from cutover_cli._console import console, error_console
from cutover_cli._inputs import write_output
from cutover_migrate import NotCertified, NothingFound, Plan, certified_plan
from cutover_migrate.apply import FileChange
from cutover_migrate.reports import html_page, patch, sarif_log, visible

STDOUT = Path("-")
LEFT_OUT = "its rewrite cannot be certified, so the plan leaves it out"
EXCLUDED = "excluded by the options or the project's settings"
UNSAFE = "rewritten only with --unsafe"


@dataclass(frozen=True)
class Reports:
    """What was asked for; a path of ``-`` is standard output."""

    sarif: Path | None = None
    html: Path | None = None
    diff: bool = False
    stage: str = "applied"


def write_reports(done: Scanned, asked: Reports, *, plan: Plan | None = None) -> bool:
    """Write them; tells whether standard output was used.

    Raises:
        NotCertified: A diff was asked for, and there is none that is certified.
        NothingFound: A diff was asked for, and there is nothing to rewrite.
    """
    if asked.sarif is not None:
        log = sarif_log(done.found, version=version("provider-cutover"), excluded=done.options.exclude)
        _write(asked.sarif, json.dumps(log, indent=2) + "\n")
    if asked.html is not None:
        _write(asked.html, _page(done, plan))
    if asked.diff:
        show_diff(changes(plan or certified_plan(done.found, done.options), asked.stage))
    return asked.diff or STDOUT in {asked.sarif, asked.html}


def changes(plan: Plan, stage: str) -> list[FileChange]:
    """Every change to the tree that leads to a stage."""
    applied = plan.applied()
    if stage == "applied":
        return applied
    finished = plan.finished()
    paths = {change.path for change in finished}
    return [*finished, *(change for change in applied if change.path not in paths)]


def show_diff(edits: list[FileChange]) -> None:
    """A patch on standard output: coloured on a terminal, and its own bytes where it is piped."""
    data = patch(edits)
    out = console()
    if out.is_terminal:
        text = visible(data.decode(errors="replace"))
        out.print(Syntax(text, "diff", background_color="default", word_wrap=True))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _page(done: Scanned, plan: Plan | None) -> str:
    """The page; where no rewrite is certified it shows the sites alone, and says why on standard error."""
    try:
        plan = plan or certified_plan(done.found, done.options)
    except NothingFound:
        plan = None
    except NotCertified as error:
        error_console().print(str(error), markup=False, soft_wrap=True)
    planned = {site.id for site in plan.sites} if plan is not None else set()
    notes = {site.id: _note(done, site.id, site.facts.level) for site in done.found.chosen if site.id not in planned}
    title = done.root.resolve().name or "/"
    return html_page(done.found, plan=plan, title=title, version=version("provider-cutover"), notes=notes)


def _note(done: Scanned, site: str, level: str) -> str:
    if site in done.options.exclude:
        return EXCLUDED
    return UNSAFE if level != "safe" and not done.options.unsafe else LEFT_OUT


def _write(path: Path, text: str) -> None:
    if path == STDOUT:
        sys.stdout.write(text)
    else:
        write_output(path, text)
