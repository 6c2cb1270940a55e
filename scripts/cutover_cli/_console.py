"""Where people read: rich consoles, tables, JSON and progress, alike for every command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

MANY_FILES = 200


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
    with _bar() as bar:
        task = bar.add_task(text, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def file_progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar for many files, and none for few; gives a function that takes how many of how many are done."""
    bar = _bar()
    tasks: list[TaskID] = []

    def told(done: int, total: int) -> None:
        if not tasks and total >= MANY_FILES:
            bar.start()
            tasks.append(bar.add_task(text, total=total))
        for task in tasks:
            bar.update(task, completed=done, total=total)

    try:
        yield told
    finally:
        bar.stop()


def _bar() -> Progress:
    out = error_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=out, transient=True, disable=not out.is_terminal or out.is_dumb_terminal)
