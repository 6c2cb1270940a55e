"""What every command of a rollout is told: where its state is, where the evidence is, and who says it.

What is typed wins, then the environment (CUTOVER_STATE), then ``[rollout]`` of the settings, then the mark that
``rollout start`` left in the project; without any of these it is a file in the project's ``.cutover``.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from cutover_cli._completion import journal_keys
from cutover_cli._console import error_console
from cutover_cli._inputs import named_root
from cutover_cli._settings import read_settings
from cutover_cli._unusable import Unusable
from cutover_rollout import RolloutError, Started, UnusableMark, started_here, switch_file_path
from cutover_rollout.state import StateError, StateStore, open_state

Command = Callable[..., Any]
STATE_VARIABLE = "CUTOVER_STATE"
OWN_STATE = Path(".cutover", "state.db")
OWN_STORE = Path(".cutover", "telemetry.db")
OWN_CERTIFICATE = Path("parity.json")
NAME = "default"
RELATIVE = "sqlite:///"
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True)
class Where:
    """Where a rollout of this project has what."""

    root: Path
    url: str
    name: str
    settings: Mapping[str, Any]
    said: bool = True
    problem: str | None = None
    other: str = ""

    @property
    def known(self) -> bool:
        """Whether somebody said where the state is, or there is one where it is by default."""
        return self.said or (self.root / OWN_STATE).exists()

    @property
    def missing(self) -> Path | None:
        """The file of the state, where it is one of SQLite and not there."""
        path = Path(self.url.removeprefix(RELATIVE))
        return path if self.url.startswith(RELATIVE) and not path.exists() else None

    @property
    def at_home(self) -> bool:
        """Whether there is anything of a cutover where this machine's workers look."""
        return self.switch.parent.is_dir()

    def state(self) -> StateStore:
        """The state, which is not connected to yet."""
        return open_state(self.url, name=self.name)

    @property
    def switch(self) -> Path:
        """The switch file of this machine's workers, beside which the kill file is."""
        return switch_file_path(self.root)

    def stores(self, typed: tuple[Path, ...] = ()) -> tuple[Path, ...]:
        """The stores that have the evidence."""
        said = self.settings.get("store", ())
        return typed or tuple(self.root / each for each in said) or (self.root / OWN_STORE,)

    def missing_stores(self, typed: tuple[Path, ...] = ()) -> list[Path]:
        """Those of the stores that are not there."""
        return [path for path in self.stores(typed) if not path.exists()]

    @property
    def lost(self) -> str:
        """What is to be said where a rollout was started here and the state knows of none; "" where none was."""
        with suppress(RolloutError):
            mark = started_here(self.root)
            if mark is not None and (mark.state, mark.name) == (without_secret(self.url), self.name):
                return (
                    f"a rollout was started here, and the state {mark.state} ({mark.name}) has lost it: workers keep"
                    " their last switch until it is stale (300 s, if they do not say otherwise); `cutover rollout kill`"
                    " makes sure of the legacy arm"
                )
        return ""

    def file(self, key: str, typed: Path | None) -> Path | None:
        """A file or folder that was typed, or that the settings name."""
        return typed or (self.root / self.settings[key] if key in self.settings else None)


def located(command: Command, *, whatever: bool = False) -> Command:
    """``--root``, ``--state``, ``--name``, ``--json``; the command takes a `where` in place of the first three.

    With `whatever`, settings or a mark that cannot be used stop nothing: what is wrong is the `problem` of `where`.
    """

    def made(*, root: Path | None, state: str | None, name: str | None, **others: Any) -> Any:
        where = (anyhow if whatever else where_of)(root, state, name)
        if where.other:
            shown = without_secret(where.url)
            told = f"a rollout was started here with the state {where.other}; this is another one: {shown}"
            error_console().print(escape(told), style="yellow", soft_wrap=True)
        return command(where=where, **others)

    made.__name__, made.__doc__ = command.__name__, command.__doc__
    made.__click_params__ = list(getattr(command, "__click_params__", ()))  # type: ignore[attr-defined]
    return options(made)


def options(command: Command) -> Command:
    """The options alone."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON for machines."),
        click.option("--name", help="Name of the state there (default: that of the settings, or \"default\")."),
        click.option("--state", envvar=STATE_VARIABLE, show_envvar=True, metavar="URL",
                     help="The state that the workers follow: sqlite:///FILE, postgresql://…, redis://…."),
        click.option("--root", type=FOLDER, help="The project's root folder (default: found from here)."),
    ):  # fmt: skip
        command = option(command)
    return command


def stored(command: Command) -> Command:
    """``--store``, which may be given more than once."""
    return click.option("--store", "stores", type=FILE, multiple=True, metavar="FILE",
                        help="A telemetry store with evidence; more than once for several. "
                        f"[default: {OWN_STORE}]")(command)  # fmt: skip


def certified(command: Command) -> Command:
    """``--certificate`` and ``--legacy``."""
    for option in (
        click.option("--legacy", type=FOLDER, help="The tree of the legacy arm that was replayed (default: the root)."),
        click.option("--certificate", type=FILE, help=f"The parity certificate. [default: {OWN_CERTIFICATE}]"),
    ):
        command = option(command)
    return command


def said_by(command: Command) -> Command:
    """``--by`` and ``--why``, for the history."""
    for option in (
        click.option("--why", default="", help="Why, for the history."),
        click.option("--by", default=_who, show_default="whoever runs this", help="Who says so, for the history."),
    ):
        command = option(command)
    return command


def where_of(root: Path | None, state: str | None, name: str | None) -> Where:
    """Where the rollout of a project is.

    A state without a name has that of the mark, where the mark speaks of the same state.
    """
    top = named_root(root).absolute()
    settings = read_settings(top).get("rollout", {})
    url = None if state is None else _from_root(state, Path.cwd())
    if url is None and "state" in settings:
        url = _from_root(settings["state"], top)
    mark = _mark(top, needed=url is None)
    said = name or settings.get("name")
    if mark is not None and (url is None or mark.state == without_secret(url)):
        url, said = url or mark.state, said or mark.name
    other = "" if mark is None or mark.state == without_secret(url or "") else mark.state
    return Where(top, url or f"{RELATIVE}{top / OWN_STATE}", said or NAME, settings, url is not None, other=other)


def anyhow(root: Path | None, state: str | None, name: str | None) -> Where:
    """The same; where settings or mark cannot be used, with what was typed or, failing that, what the mark says."""
    try:
        return where_of(root, state, name)
    except (Unusable, RolloutError) as error:
        top, problem = named_root(root).absolute(), str(error)
    url = None if state is None else _from_root(state, Path.cwd())
    with suppress(RolloutError):
        mark = started_here(top)
        if mark is not None and (url is None or mark.state == without_secret(url)):
            url, name = url or mark.state, name or mark.name
    return Where(top, url or f"{RELATIVE}{top / OWN_STATE}", name or NAME, {}, url is not None, problem)


def followed_state(root: Path) -> str | None:
    """The state that the workers of this project follow as far as is known here; None where nobody said one."""
    where = anyhow(root, os.environ.get(STATE_VARIABLE) or None, None)
    return without_secret(where.url) if where.known else None


def without_secret(url: str) -> str:
    """A state's URL as it may be kept: without a password."""
    if url.startswith("sqlite:"):
        return url
    try:
        return open_state(url).where
    except StateError:
        return url


def _mark(root: Path, *, needed: bool) -> Started | None:
    try:
        return started_here(root)
    except UnusableMark:
        if needed:
            raise
        return None


def complete_providers(
    context: click.Context, _parameter: click.Parameter, typed: str
) -> list[click.shell_completion.CompletionItem]:
    """The providers of the cutover that is applied here."""
    names = journal_keys(context.params.get("root"))
    return [click.shell_completion.CompletionItem(name) for name in names if name.startswith(typed)]


def _from_root(url: str, root: Path) -> str:
    path = url.removeprefix(RELATIVE)
    return f"{RELATIVE}{root / path}" if url.startswith(RELATIVE) and not path.startswith("/") else url


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
