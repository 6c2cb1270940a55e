"""``telemetry receive``, ``telemetry prometheus``, ``telemetry grafana``, ``telemetry rules``.

Example: ``cutover telemetry rules -o /etc/prometheus/rules``
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from cutover_cli._listening import addressed, token_of
from cutover_cli._run_command import STORE
from cutover_cli._unusable import Unusable
from cutover_telemetry import DIALECTS, NotInstalled

OTLP_PORT, PROMETHEUS_PORT = 4318, 9464
Command = Callable[..., Any]

DIALECT = click.option("--dialect", type=click.Choice(list(DIALECTS)),
                       help="How names are spelt (default: as OTEL_SEMCONV_STABILITY_OPT_IN says).")  # fmt: skip
DIRECTORY = click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True,
                         help="Write the files into this directory.")  # fmt: skip


def listening(port: int) -> Callable[[Command], Command]:
    """The options of what listens and has a store."""
    store = click.option("--store", type=click.Path(path_type=Path, dir_okay=False), default=STORE, show_default=True,
                         help="The file with the records.")  # fmt: skip
    return lambda command: addressed(port)(store(command))


@click.group()
def telemetry() -> None:
    """Send metrics to the tools that you run, and take spans of services that were not changed."""


@telemetry.command()
@click.option("--arm", default="legacy", show_default=True, help="The arm of spans that name none as cutover.arm.")
@click.option("--provider", "names", multiple=True, metavar="NAME=OURS",
              help="Call the provider that spans have as NAME by the name OURS.")  # fmt: skip
@listening(OTLP_PORT)
def receive(store: Path, host: str, port: int, token_file: Path | None, arm: str, names: tuple[str, ...]) -> None:
    """Take OTLP over HTTP from any instrumented service; store its calls of models as routes and attempts.

    Point the service here with OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318. Metrics and logs are taken and only
    counted.
    """
    renamed = dict(map(_renamed, names))
    _servers().receive_into(store, host=host, port=port, token=token_of(token_file), arm=arm, names=renamed)


@telemetry.command()
@DIALECT
@listening(PROMETHEUS_PORT)
def prometheus(store: Path, host: str, port: int, token_file: Path | None, dialect: str | None) -> None:
    """Serve /metrics for Prometheus: what all workers write into the store, from now on."""
    _servers().serve_metrics(store, host=host, port=port, token=token_of(token_file), dialect=dialect)


@telemetry.command()
@DIALECT
@DIRECTORY
def grafana(dialect: str | None, output: Path) -> None:
    """Write Grafana dashboards, for the names of a dialect."""
    _servers().write_dashboards(output, dialect=dialect)


@telemetry.command()
@DIALECT
@DIRECTORY
def rules(dialect: str | None, output: Path) -> None:
    """Write recording and alert rules for Prometheus, for the names of a dialect."""
    _servers().write_rules(output, dialect=dialect)


def _servers() -> Any:
    # OpenTelemetry's SDK and a server take long to import, and no other command needs them.
    try:
        return import_module("cutover_cli._telemetry_servers")
    except ModuleNotFoundError as error:
        raise NotInstalled("receivers, endpoints and dashboards", missing=error.name) from error


def _renamed(option: str) -> tuple[str, str]:
    name, equals, ours = option.partition("=")
    if not equals or not name or not ours:
        raise Unusable(f"--provider {option}: write NAME=OURS, such as x_ai=xai")
    return name.lower(), ours
