"""``report``: what the dashboard shows of one time range, as one HTML file that needs no server and no network.

Example: ``cutover report --out report.html --last 24h``
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cutover_cli._console import console, print_json
from cutover_cli._json_option import JSON
from cutover_cli._last import stretch_option
from cutover_cli._run_command import STORE
from cutover_cli._unusable import Unusable
from cutover_telemetry import NotInstalled
from cutover_telemetry.overview import View, overview, to_json
from cutover_telemetry.store import Store

TITLE = "provider-cutover report"
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("store", required=False, default=STORE, metavar="[STORE]", type=FILE)
@click.option("-o", "--out", type=FILE, metavar="FILE", help="Write the report into this file.")
@stretch_option("1h")
@click.option("--provider", metavar="NAME", help="Only this provider.")
@click.option("--title", default=TITLE, show_default=True, help="What stands at the head of it.")
@click.option("--no-charts", is_flag=True, help="Leave the charts and their library out; the tables say the same.")
@JSON
def report(
    store: Path, out: Path | None, last: float, provider: str | None, title: str, no_charts: bool, as_json: bool
) -> None:
    """Write what is in STORE (default: .cutover/telemetry.db) into one HTML file, to send or to keep.

    It opens without a network and does not change. --json prints the numbers, which docs/reference/json.md describes.
    """
    if out is None and not as_json:
        raise Unusable("where is it to go? name a file with --out report.html, or ask for --json")
    read, view = Store.of(store), View.last(last, provider=provider)
    if out is not None:
        size = _write(out, _made(read, view, title=title, charts=not no_charts))
        if not as_json:
            console().print(f"{out}: {size / 1e6:.1f} MB", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json(to_json(overview(read, view)))


def _made(read: Store, view: View, *, title: str, charts: bool) -> str:
    try:
        module = import_module("cutover_telemetry.report")
    except ModuleNotFoundError as error:
        raise NotInstalled("reports", missing=error.name, extra="dashboard") from error
    html: str = module.report_of(read, view, title=title, charts=charts)
    return html


def _write(out: Path, html: str) -> int:
    try:
        # Names in spans may have halves of characters, which no file can have.
        return out.write_bytes(html.encode("utf-8", "replace"))
    except OSError as error:
        raise Unusable(f"{out}: cannot be written ({error.strerror}); name a file in a folder that is there") from error
