"""The options of what listens, and the token that others need."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cutover_cli._unusable import Unusable

TOKEN_VARIABLE = "CUTOVER_TOKEN"
Command = Callable[..., Any]


def addressed(port: int) -> Callable[[Command], Command]:
    """``--host``, ``--port`` and ``--token-file``."""

    def decorate(command: Command) -> Command:
        for option in (
            click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen."),
            click.option("--port", type=click.IntRange(0, 65535), default=port, show_default=True,
                         help="The port; 0 takes a free one."),
            click.option("--token-file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
                         help=f"The token that others than this machine need (default: ${TOKEN_VARIABLE})."),
        ):  # fmt: skip
            command = option(command)
        return command

    return decorate


def token_of(file: Path | None) -> str | None:
    """The token that a file has, else the environment; None without either."""
    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{file}: cannot be read ({error})") from error
    if not token:
        raise Unusable(f"{file}: is empty; put the token into it")
    return token
