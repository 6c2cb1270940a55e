"""``record``: serve an application, or run the command that does, and write its traffic down.

Example: ``cutover record -o traffic.jsonl -- gunicorn shop.wsgi --workers 4``
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cutover_cli._console import error_console, print_json
from cutover_cli._json_option import JSON
from cutover_cli._unusable import Unusable
from cutover_parity import RecordedRun, RecorderOptions, Sampling, read_plan, run_recorded
from cutover_parity import record as record_application

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
COMMAND = "cutover.command"
MIB = 1024 * 1024


class AppOrCommand(click.Command):
    """A command whose arguments after ``--`` are somebody else's, options and all."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands behind the first ``--`` for the command that is to be recorded."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[COMMAND] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The usage line, with both ways of use."""
        return [*super().collect_usage_pieces(ctx)[:-1], "{APP | -- COMMAND…}"]


@click.command(cls=AppOrCommand)
@click.argument("app", required=False)
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True,
              help="Append to this recording: a file, or a folder if the name has no suffix.")  # fmt: skip
@click.option("--root", type=FOLDER, help="APP's root folder (default: here).")
@click.option("--port", type=click.IntRange(0, 65535), help="Where APP is served (default: 8000; 0: any free one).")
@click.option("--host", help="Where APP is served; loopback only (default: 127.0.0.1).")
@click.option("--sample", type=click.FloatRange(0, 1), metavar="SHARE",
              help="Keep this share of the routes besides the quota (default: all; with --quota: none).")  # fmt: skip
@click.option("--quota", type=click.IntRange(0), metavar="N",
              help="Keep the first N routes of each provider and outcome in each hour (default: 20).")  # fmt: skip
@click.option("--keys-from", type=click.Path(path_type=Path, dir_okay=False), metavar="JOURNAL",
              help="Known providers for the quota (default: an upstream host and path is one).")  # fmt: skip
@click.option("--max-body", type=click.FloatRange(0), metavar="MIB", default=1, show_default=True,
              help="Keep at most so much of each body; the rest is counted.")  # fmt: skip
@click.option("--content", multiple=True, metavar="FIELD",
              help="Keep the text of this field, messages.*.content say; * for all. Repeatable.")  # fmt: skip
@JSON
@click.pass_context
def record(
    ctx: click.Context,
    app: str | None,
    output: Path,
    root: Path | None,
    port: int | None,
    host: str | None,
    sample: float | None,
    quota: int | None,
    keys_from: Path | None,
    max_body: float,
    content: tuple[str, ...],
    as_json: bool,
) -> int:
    """Serve APP (module:attribute) on loopback, or run COMMAND, and record the traffic until it ends.

    What came in and what went out to providers is written with every secret replaced by a placeholder. COMMAND may
    start uvicorn, hypercorn, gunicorn, waitress, flask or any server on wsgiref, with workers and reloaders; cutover
    ends with its exit code.
    """
    command = ctx.meta.get(COMMAND)
    keys = read_plan(keys_from).keys if keys_from else ()
    options = RecorderOptions(
        max_body=int(max_body * MIB), sampling=Sampling.asked(sample, quota, keys), content=content
    )
    if command is None:
        ran = _served(app, output, options, root=root, host=host, port=port)
    else:
        _check_alone(command, app=app, root=root, host=host, port=port)
        ran = run_recorded(command, out=output, options=options)
    _show(ran, output, as_json=as_json)
    return ran.exit_code


def _served(
    app: str | None, output: Path, options: RecorderOptions, *, root: Path | None, host: str | None, port: int | None
) -> RecordedRun:
    if app is None:
        raise click.UsageError("Name an application, module:attribute, or a command behind `--`.")
    host, port = host or "127.0.0.1", 8000 if port is None else port
    if host not in LOOPBACK:
        raise Unusable(f"{host}: a recording server listens on loopback only; use 127.0.0.1")
    _check_port(host, port)
    return record_application(
        app, root=root or Path(), out=output, host=host, port=port, options=options, on_ready=_ready(output)
    )


def _ready(output: Path) -> Callable[[str], None]:
    out = error_console()
    return lambda url: out.print(f"{url} recording to {output}; interrupt to stop", soft_wrap=True)


def _check_alone(command: list[str], **named: Any) -> None:
    if not command:
        raise click.UsageError("Name the command to record behind `--`.")
    given = [name for name, value in named.items() if value is not None]
    if given:
        what = ", ".join("APP" if name == "app" else f"--{name}" for name in given)
        raise click.UsageError(f"{what}: for an application that cutover serves, not for a command behind `--`.")


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unusable(
                f"{host}:{port}: cannot listen there ({error.strerror}); name another with --port (0: any free one)"
            ) from error


def _show(ran: RecordedRun, output: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"recording": str(output), "recorded": ran.recorded, "dropped": dict(ran.drops)})
        return
    out = error_console()
    out.print(f"{ran.recorded} routes recorded in {output}", soft_wrap=True)
    for reason, count in ran.drops.items():
        out.print(f"  {count} dropped: {reason}", soft_wrap=True)
