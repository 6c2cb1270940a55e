"""The options of ``finish`` for failover loops: whether they are adopted, and how that is replayed first."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cutover_cli._adopt_run import AdoptChoice

Command = Callable[..., Any]
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
OPTIONS = (
    click.option("--adopt-failover", is_flag=True,
                 help="Also have hand-written failover loops go over the registry's routes."),
    click.option("--app", metavar="APP",
                 help="With --adopt-failover: the application that is replayed, module:attribute or module:factory()."),
    click.option("--no-replay", is_flag=True, help="With --adopt-failover: go by the proof alone."),
    click.option("--recordings", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH",
                 help="With --app: recorded traffic to replay and to vary; repeatable."),
    click.option("--seeds", type=FILE, help="With --app: a JSON list of requests to vary (default: from OpenAPI)."),
    click.option("--cases", type=click.IntRange(1), default=200, show_default=True,
                 help="With --app: how many pairs to make up."),
    click.option("--hooks", type=FILE, metavar="FILE", help="With --app: what to stub (default: cutover_hooks.py)."),
    click.option("--python-path", "paths", multiple=True, metavar="FOLDER",
                 help="With --app: folder in the tree that leads the module search path (default: the root)."),
    click.option("--python", metavar="PATH", help="With --app: the interpreter (default: this one)."),
)  # fmt: skip


def adopt_options(command: Command) -> Command:
    """Add the options; the command gets them as one argument, `adopting`, None where nothing is to be adopted."""

    @functools.wraps(command)
    def with_choice(**given: Any) -> Any:
        wanted, waived = given.pop("adopt_failover"), given.pop("no_replay")
        chosen = AdoptChoice(**{name: given.pop(name) for name in AdoptChoice.__dataclass_fields__})
        return command(adopting=_checked(chosen, waived=waived) if wanted else None, **given)

    return functools.reduce(lambda made, option: option(made), reversed(OPTIONS), with_choice)


def _checked(chosen: AdoptChoice, *, waived: bool) -> AdoptChoice:
    if (chosen.app is None) != waived:
        raise click.UsageError(
            "--adopt-failover replays the application before it writes: name it with --app module:attribute, "
            "or go by the proof alone with --no-replay (one of the two)"
        )
    return chosen
