"""How far back to look: ``--last 15m``, alike for every command that shows telemetry.

Example: ``seconds_of("2h")``  ->  7200.0
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., Any]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
FORM = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
WRITTEN = "write 90s, 30m, 2h or 1d"


def seconds_of(text: str) -> float | None:
    """The seconds of a stretch of time; None if it is not written as one."""
    found = FORM.fullmatch(text)
    return float(found[1]) * UNITS[found[2]] if found else None


def stretch_option(default: str) -> Callable[[Command], Command]:
    """``--last``, in seconds; a usage error for what is no stretch of time."""
    return click.option(
        "--last", default=default, show_default=True, metavar="TIME", callback=_seconds,
        help="How far back to look: 90s, 30m, 2h, 1d.",
    )  # fmt: skip


def _seconds(_context: click.Context, _option: click.Parameter, text: str) -> float:
    seconds = seconds_of(text)
    if not seconds:
        raise click.BadParameter(f"{text} is no stretch of time; {WRITTEN}")
    return seconds
