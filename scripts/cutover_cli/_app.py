"""The command group: one menu, one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click
from rich.text import Text

from cutover_cli._console import error_console
from cutover_cli._menu import Menu, NotInstalled, ReaderGone
from cutover_cli._said_errors import exit_code_of


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="provider-cutover", prog_name="cutover")
def cutover() -> None:
    """Take an LLM gateway from if/elif provider dispatch to a provider registry.

    Exit codes: 0 fine, 1 a finding, 2 usage or unusable input, 3 internal error.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        outcome = cutover.main(args=arguments, prog_name="cutover", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        return _say("interrupted; nothing more was done", 2)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 2
    except ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  the last line of defence: a bug has its own exit code
        return _failed(error)
    return outcome if isinstance(outcome, int) else 0


def _failed(error: Exception) -> int:
    code = exit_code_of(error)
    if code != 3:
        return _say(str(error), code)
    traceback.print_exception(error)
    return _say(f"internal error: {type(error).__name__}: {error}; please report it with the lines above", 3)


def _say(message: str, code: int) -> int:
    error_console().print(Text.assemble(("cutover:", "bold red"), " ", message), soft_wrap=True)
    return code
