"""``top``: the providers in a terminal, the worst first, renewed every few seconds.

Example: ``cutover top --last 1h --provider groq``
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from rich.console import Console, RenderableType
from rich.live import Live

from cutover_cli._console import console, print_json
from cutover_cli._json_option import JSON
from cutover_cli._last import stretch_option
from cutover_cli._run_command import STORE
from cutover_cli._top_view import Shown, no_store, trouble, whole
from cutover_cli._unusable import Unusable
from cutover_telemetry.overview import View, overview, to_json
from cutover_telemetry.store import BusyStore, NoStore, Store, UnusableStore

FILE = click.Path(path_type=Path, dir_okay=False)
Picture = Callable[[], RenderableType]


@click.command()
@click.argument("file", required=False, metavar="[STORE]", type=FILE)
@click.option("--store", type=FILE, default=STORE, show_default=True, help="The file with the records.")
@stretch_option("15m")
@click.option("--provider", metavar="NAME", help="Only this provider.")
@click.option("--interval", type=click.FloatRange(min=0.2, max=3600), default=2.0, show_default=True, metavar="SECONDS",
              help="How often it is renewed.")  # fmt: skip
@click.option("--once", is_flag=True, help="Print it once, whole, and end; so it is where the output is no terminal.")
@JSON
@click.pass_context
def top(
    context: click.Context,
    file: Path | None,
    store: Path,
    last: float,
    provider: str | None,
    interval: float,
    once: bool,
    as_json: bool,
) -> int:
    """Show providers, failovers, circuits, verdicts on the two arms and the latest routes of a STORE.

    The worst provider stands first. Ctrl-C ends it. --json prints one document, which docs/reference/json.md describes.
    """
    path = _chosen(context, file, store)
    read = Store.of(path)

    def shown() -> Shown:
        return Shown(overview(read, View.last(last, provider=provider)), path, last)

    out = console()
    if as_json:
        print_json(to_json(shown().overview))
    elif once or not out.is_terminal or out.is_dumb_terminal:
        out.print(whole(shown(), width=out.width))
    else:
        _watch(out, lambda: _picture(shown, path, out), interval=interval)
    return 0


def _chosen(context: click.Context, file: Path | None, store: Path) -> Path:
    typed = context.get_parameter_source("store") is not click.core.ParameterSource.DEFAULT
    if file is not None and typed and file != store:
        raise Unusable(f"{file} and --store {store}: name one store")
    return file or store


def _picture(shown: Callable[[], Shown], path: Path, out: Console) -> RenderableType:
    """What there is to see now; a store that is not there yet, or is held, is waited for."""
    try:
        return whole(shown(), width=out.width, height=out.height)
    except NoStore:
        return no_store(path)
    except (BusyStore, UnusableStore) as error:
        return trouble(error)


def _watch(out: Console, picture: Picture, *, interval: float) -> None:
    first = picture()
    with _ended_politely(), Live(first, console=out, screen=True, auto_refresh=False) as live:
        while True:
            live.refresh()
            time.sleep(interval)
            live.update(picture())


@contextmanager
def _ended_politely() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the view, and the terminal is as it was."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
