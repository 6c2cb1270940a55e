"""``cutover demo``."""

from __future__ import annotations

from pathlib import Path

import click

from cutover_cli._console import console


@click.command()
@click.option("--directory", "-d", type=click.Path(path_type=Path, file_okay=False), default=Path("cutover-demo"),
              show_default=True, help="Where the demo works and leaves its files.")  # fmt: skip
@click.option("--seed", type=int, default=7, show_default=True, help="Which fault is planted.")
def demo(directory: Path, seed: int) -> int:
    """The whole journey on the example gateway: scan, prove, replay, watch, switch, roll out, finish, undo."""
    from cutover_cli._demo import Journey  # noqa: PLC0415  servers and telemetry are loaded only for the demo

    return Journey(console(), directory, seed=seed).run()
