"""The commands in the order of the journey, each imported when it is asked for: `switch` waits for no other's rooms."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping

import click

COMMANDS = {
    "scan": "_scan_command:scan",
    "plan": "_plan_command:plan",
    "apply": "_migrate_commands:apply",
    "verify": "_migrate_commands:verify",
    "finish": "_migrate_commands:finish",
    "undo": "_migrate_commands:undo",
    "record": "_record_command:record",
    "recording": "_recording_commands:recording",
    "replay": "_parity_commands:replay",
    "coverage": "_parity_commands:coverage",
    "fuzz": "_fuzz_command:fuzz",
    "switch": "_switch_commands:switch",
    "rollout": "_rollout_command:rollout",
    "providers": "_providers_command:providers",
    "run": "_run_command:run",
    "telemetry": "_telemetry_commands:telemetry",
    "compare": "_compare_command:compare_",
    "top": "_top_command:top",
    "dashboard": "_dashboard_command:dashboard",
    "report": "_report_command:report",
    "demo": "_demo_command:demo",
    "completion": "_completion:completion",
}


class ReaderGone(Exception):
    """Whoever read our standard output has gone, as `head` does; to click that would be exit code 1, a finding."""


class NotInstalled(Exception):
    """A command needs a package that is not there."""

    def __init__(self, package: str | None) -> None:
        super().__init__(f"cutover needs {package}; install it with: pip install 'provider-cutover[all]'")


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for; `table` has where each is."""

    table: Mapping[str, str] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in order; none of them is imported for it."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of that name."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name].partition(":")
        try:
            found: click.Command = getattr(importlib.import_module(f"cutover_cli.{module}"), attribute)
        except ModuleNotFoundError as error:
            raise NotInstalled(error.name) from error
        return found


class Menu(Lazy):
    """The group of all commands."""

    table = COMMANDS

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for, and have its output read to the end."""
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGone from error
        return outcome
