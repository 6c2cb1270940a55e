"""What ``cutover telemetry`` does; loaded only for it, since it needs OpenTelemetry's SDK and a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from sqlite3 import Error

from cutover_cli._console import console
from cutover_cli._serving import serve
from cutover_cli._unusable import Unusable
from cutover_telemetry import chosen_dialect
from cutover_telemetry.grafana import grafana_files, rule_files, write_files
from cutover_telemetry.incoming import Reading, Receiver
from cutover_telemetry.prometheus import Endpoint, StoreTail
from cutover_telemetry.store import Store


def receive_into(store: Path, *, host: str, port: int, token: str | None, arm: str, names: Mapping[str, str]) -> None:
    """Take OTLP until told to stop, and say what came in."""
    try:
        writer = Store.open(store).writer()
    except (OSError, Error) as error:
        raise Unusable(f"{store}: cannot be opened ({error})") from error
    receiver = Receiver(writer, token=token, reading=Reading(arm=arm, names=names))
    try:
        serve(receiver, host, port, token=token, what=f"OTLP for {store}")
    finally:
        receiver.close()
        writer.close()
    found = receiver.counts
    console().print(
        f"{found.spans} spans: {found.routes} routes and {found.lone} lone attempts stored; "
        f"{found.rejected.total()} spans refused, {found.points} points and {found.logs} log records let go",
        soft_wrap=True,
    )


def serve_metrics(store: Path, *, host: str, port: int, token: str | None, dialect: str | None) -> None:
    """Serve /metrics until told to stop."""
    tail = StoreTail(store, chosen_dialect(dialect))
    serve(Endpoint(tail.collected, token=token), host, port, token=token, what=f"/metrics of {store}")


def write_dashboards(directory: Path, *, dialect: str | None) -> None:
    """Write the dashboards and print their paths."""
    _write(directory, grafana_files(chosen_dialect(dialect)))


def write_rules(directory: Path, *, dialect: str | None) -> None:
    """Write the rules and print their paths."""
    _write(directory, rule_files(chosen_dialect(dialect)))


def _write(directory: Path, files: Mapping[str, str]) -> None:
    try:
        paths = write_files(directory, files)
    except OSError as error:
        raise Unusable(f"{directory}: cannot be written ({error.strerror})") from error
    for path in paths:
        console().print(str(path), markup=False, highlight=False, soft_wrap=True)
