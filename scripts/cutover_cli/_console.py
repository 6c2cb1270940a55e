"""Where people read: rich consoles, tables, JSON and progress, alike for every command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def console() -> Console:
    """Standard output."""
    return Console(highlight=False)


def error_console() -> Console:
    """Standard error: messages and progress, so that output can be piped."""
    return Console(stderr=True, highlight=False)


def print_json(data: Any) -> None:
    """Print JSON for machines: no colour, no wrapping."""
    sys.stdout.write(json.dumps(data, indent=2) + "\n")


def table(*columns: str, title: str = "") -> Table:
    """A table in the house form."""
    made = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False, box=None)
    for column in columns:
        name, _, kind = column.partition(":")
        made.add_column(name, justify="right" if kind == "right" else "left", overflow="fold", no_wrap=kind == "whole")
    return made


@contextmanager
def progress(text: str, total: int | None) -> Iterator[Any]:
    """A progress bar on standard error; gives a function that takes the number done."""
    out = error_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
    with bar:
        task = bar.add_task(text, total=total)
        yield lambda done: bar.update(task, completed=done)
