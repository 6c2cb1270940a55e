"""The command group: one menu, one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click
from rich.text import Text

from cutover_cli._completion import completion
from cutover_cli._console import error_console
from cutover_cli._demo_command import demo
from cutover_cli._fuzz_command import fuzz
from cutover_cli._migrate_commands import apply, finish, undo, verify
from cutover_cli._parity_commands import coverage, replay
from cutover_cli._plan_command import plan
from cutover_cli._providers_command import providers
from cutover_cli._record_command import record
from cutover_cli._recording_commands import recording
from cutover_cli._scan_command import scan
from cutover_cli._switch_commands import switch
from cutover_migrate.apply import ApplyError
from cutover_migrate.errors import BadInput, MigrateError
from cutover_parity import (
    AppNotLoaded,
    CommandNotStarted,
    EngineError,
    HooksRefused,
    NoSeed,
    NotFinding,
    NotNoiseRules,
    ParityError,
    PlanError,
    RecordingError,
    RevisionRefused,
    UnknownArm,
    UnknownRequirement,
)
from cutover_registry import CutoverRegistryError
from cutover_rollout import RolloutError

USAGE_ERRORS = (
    BadInput,
    ApplyError,
    RolloutError,
    CutoverRegistryError,
    AppNotLoaded,
    CommandNotStarted,
    HooksRefused,
    NoSeed,
    NotFinding,
    PlanError,
    RecordingError,
    RevisionRefused,
    UnknownArm,
    EngineError,
    NotNoiseRules,
    UnknownRequirement,
)


class ReaderGone(Exception):
    """Whoever read our standard output has gone, as `head` does; to click that would be exit code 1, a finding."""


class Menu(click.Group):
    """The group of all commands, in the order of the journey."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands as they were added."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for, and have its output read to the end."""
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGone from error
        return outcome


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="provider-cutover", prog_name="cutover")
def cutover() -> None:
    """Take an LLM gateway from if/elif provider dispatch to a provider registry.

    Exit codes: 0 fine, 1 a finding, 2 usage or unusable input, 3 internal error.
    """


for command in (
    scan,
    plan,
    apply,
    verify,
    finish,
    undo,
    record,
    recording,
    replay,
    coverage,
    fuzz,
    switch,
    providers,
    demo,
    completion,
):
    cutover.add_command(command)


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
    except USAGE_ERRORS as error:
        return _say(str(error), 2)
    except (MigrateError, ParityError) as error:
        return _say(str(error), 1)
    except ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  the last line of defence: a bug has its own exit code
        traceback.print_exc()
        return _say(f"internal error: {type(error).__name__}: {error}; please report it with the lines above", 3)
    return outcome if isinstance(outcome, int) else 0


def _say(message: str, code: int) -> int:
    error_console().print(Text.assemble(("cutover:", "bold red"), " ", message), soft_wrap=True)
    return code
