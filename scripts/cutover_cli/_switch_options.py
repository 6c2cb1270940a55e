"""The options of ``switch``: of what a rule speaks, the share, and where the switch file is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def share_option(command: Command) -> Command:
    """``--share``, a number from 0 to 1."""
    return click.option(
        "--share",
        callback=_share,
        metavar="SHARE",
        help="This share of the routes that have a key, as 5% or 0.05; all other routes go to legacy.",
    )(command)


def options(command: Command) -> Command:
    """The options that the three share."""
    for option in (
        click.option("--root", type=click.Path(path_type=Path, file_okay=False), help="The project's root folder."),
        click.option("--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="The switch file itself."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON for machines."),
    ):
        command = option(command)
    return command


def scope(command: Command) -> Command:
    """The options that say of what a rule speaks."""
    for option in (
        click.option(
            "--header",
            callback=_header,
            metavar="'NAME: VALUE'",
            help="Routes with this header alone, in any case of its name.",
        ),
        click.option("--tenant", help="One tenant's routes alone."),
        click.option("--provider", default="*", help="One provider (default: all)."),
        click.option("--site", default="*", help="One site (default: all)."),
    ):
        command = option(command)
    return command


def _share(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    text = value.strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise click.BadParameter(f"{value!r} is no share; write it as 5% or 0.05")
    return share


def _header(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    name, colon, text = value.partition(":")
    if not colon:
        raise click.BadParameter(f"{value!r} is no header; write it as 'X-Beta: yes'")
    return name.strip(), text.strip()
