"""Shell completion: the scripts, and the names that only the project knows.

Example: ``eval "$(cutover completion bash)"``
"""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from cutover_migrate import MigrateError, project_root
from cutover_migrate.apply import read_journal


def complete_sites(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The sites of the cutover that is applied here; none where none is, and nothing is ever written."""
    root = context.params.get("root") or project_root([Path()])
    try:
        names = [site["name"] for site in read_journal(root).sites]
    except (MigrateError, OSError, KeyError, TypeError):
        return []
    given = context.params.get(parameter.name or "") or ()
    return [CompletionItem(name) for name in names if name.startswith(typed) and name not in given]


def journal_keys(root: Path | None) -> list[str]:
    """The providers of the cutover that is applied in this project; none where none is."""
    try:
        sites = read_journal(root or project_root([Path()])).sites
        return sorted({str(key) for site in sites for key in site["table_keys"]})
    except (MigrateError, OSError, KeyError, TypeError):
        return []


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a completion script for SHELL.

    \b
    bash:  eval "$(cutover completion bash)"
    zsh:   eval "$(cutover completion zsh)"
    fish:  cutover completion fish | source
    """  # noqa: D301
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = context.find_root().command
    click.echo(kind(root, {}, "cutover", "_CUTOVER_COMPLETE").source())
