"""The options that ``replay`` and ``coverage`` share: what is replayed, at which depth, and who drives it.

Example: ``cases = chosen.cases(arms); run_job(job, cases, engine=chosen.driver())``
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cutover_cli._arm_options import Arms
from cutover_parity import CaseStream
from cutover_parity.engines import Engine, InProcess, Pool, RayCluster

Command = Callable[..., Any]
RECORDING = click.Path(path_type=Path)
OPTIONS = (
    click.argument("recordings", nargs=-1, type=RECORDING, required=True),
    click.option("--depth", type=click.Choice(["calls", "http"]), default="calls", show_default=True),
    click.option("--provider-path", metavar="PATH",
                 help="Where a request names its provider: provider, body.routing.name, query:x, header:x."),
    click.option("--header", "headers", multiple=True, metavar="NAME=VALUE",
                 help="A header that replaces the recorded one, a test key say."),
    click.option("--key", "more_keys", multiple=True, metavar="KEY",
                 help="A key to try besides those of the sites, an alias say."),
    click.option("--only-recorded", is_flag=True, help="Replay the recorded requests alone, generate nothing."),
    click.option("--workers", type=click.IntRange(min=1), metavar="N",
                 help="Drive lanes of cases in N processes (default: one after another)."),
    click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
                 help="Who drives the cases: this machine, or a Ray cluster."),
    click.option("--ray-address", metavar="ADDRESS", help="The Ray cluster (default: one is started here)."),
    click.option("--limit", type=click.FloatRange(min=0.1), default=30.0, show_default=True, metavar="SECONDS",
                 help="The longest that one route may take."),
)  # fmt: skip


@dataclass(frozen=True)
class ReplayChoice:
    """What was typed about the cases and who drives them."""

    recordings: tuple[Path, ...]
    depth: str
    provider_path: str | None
    headers: tuple[str, ...]
    more_keys: tuple[str, ...]
    only_recorded: bool
    workers: int | None
    engine: str
    ray_address: str | None
    limit: float

    def cases(self, arms: Arms) -> CaseStream:
        """The cases that were asked for."""
        return CaseStream(
            self.recordings,
            arms.plan,
            provider_path=self.provider_path,
            headers=[_header(text) for text in self.headers],
            more_keys=self.more_keys,
            generate=not self.only_recorded,
        )

    def driver(self) -> Engine:
        """The engine that was asked for."""
        if self.engine == "ray":
            return RayCluster(self.ray_address, ahead=self.workers)
        return InProcess() if self.workers is None else Pool(self.workers)


def replay_options(command: Command) -> Command:
    """Add the options; the command gets them as one argument, `chosen`, a `ReplayChoice`."""

    @functools.wraps(command)
    def with_choice(**given: Any) -> Any:
        chosen = {name: given.pop(name) for name in ReplayChoice.__dataclass_fields__}
        return command(chosen=ReplayChoice(**chosen), **given)

    return functools.reduce(lambda made, option: option(made), reversed(OPTIONS), with_choice)


def _header(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.BadParameter(f"{text!r}: a header is given as NAME=VALUE", param_hint="--header")
    return name, value
