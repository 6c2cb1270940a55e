"""Shell completion scripts.

Example: ``eval "$(cutover completion bash)"``
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


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
