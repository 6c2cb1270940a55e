"""``record`` and ``replay``."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from cutover_cli._console import console, error_console, print_json, progress
from cutover_cli._inputs import named_root, settled
from cutover_cli._replay_view import show_report
from cutover_migrate import BadInput, journal_of
from cutover_parity import (
    ArmSpec,
    PlanError,
    cases_from,
    read_plan,
    read_recording,
    report_to_json,
)
from cutover_parity import (
    record as record_application,
)
from cutover_parity import (
    replay as replay_cases,
)

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@click.command()
@click.argument("app", metavar="APP")
@click.option("--root", type=FOLDER, default=Path(), help="The application's root folder (default: here).")
@click.option("--output", "-o", type=FILE, required=True, help="Append what is recorded to this file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback only.")
def record(app: str, root: Path, output: Path, port: int, host: str) -> int:
    """Serve APP (module:attribute) on loopback and record its traffic until interrupted.

    What came in and what went out to providers (httpx) is written with every secret replaced by a placeholder.
    """
    if host not in LOOPBACK:
        raise BadInput(f"{host}: a recording server listens on loopback only; use 127.0.0.1")
    _check_port(host, port)
    out = error_console()
    ready = f"recording to {output}; interrupt to stop"
    count = record_application(
        app,
        root=root,
        out=output,
        host=host,
        port=port,
        on_ready=lambda url: out.print(f"{url} {ready}", soft_wrap=True),
    )
    out.print(f"{count} routes recorded in {output}", soft_wrap=True)
    return 0


@click.command()
@click.argument("recordings", nargs=-1, type=FILE, required=True)
@click.option("--app", required=True, metavar="APP", help="The application, module:attribute.")
@click.option("--root", type=FOLDER, help="The migrated tree (default: found from here).")
@click.option("--legacy", type=FOLDER, help="The tree before (default: the same tree, held to the legacy arm).")
@click.option("--arm", type=click.Choice(["registry", "legacy", "free"]), default="registry", show_default=True,
              help="The side to which the migrated tree's switch is held; free: as the switch file says.")  # fmt: skip
@click.option("--depth", type=click.Choice(["calls", "http"]), default="calls", show_default=True)
@click.option(
    "--provider-path",
    metavar="PATH",
    help="Where a request names its provider: provider, body.routing.name, query:x, header:x.",
)
@click.option("--only-recorded", is_flag=True, help="Replay the recorded requests alone, generate nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def replay(
    recordings: tuple[Path, ...],
    app: str,
    root: Path | None,
    legacy: Path | None,
    arm: str,
    depth: str,
    provider_path: str | None,
    only_recorded: bool,
    as_json: bool,
) -> int:
    """Replay RECORDINGS, and what is generated from them, through both arms; exit 1 on a mismatch."""
    migrated = settled(named_root(root))
    plan = read_plan(_journal(migrated))
    cases = cases_from(
        [read_recording(path) for path in recordings], plan, provider_path=provider_path, generate=not only_recorded
    )
    _check_control(migrated, legacy)
    control = ArmSpec(legacy, app) if legacy is not None else ArmSpec(migrated, app, "legacy")
    candidate = ArmSpec(migrated, app, None if arm == "free" else arm)
    with progress(f"replaying at {depth} depth", len(cases)) as done:
        report = replay_cases(
            control, candidate, cases, depth="http" if depth == "http" else "calls", plan=plan, progress=done
        )
    if as_json:
        print_json(report_to_json(report))
    else:
        show_report(console(), report)
    return report.exit_code


def _check_control(migrated: Path, legacy: Path | None) -> None:
    """A finished tree has no legacy arm to compare with: another tree has to be named."""
    journal = journal_of(migrated)
    if legacy is None and journal is not None and journal.state == "finished":
        raise BadInput(
            f"{migrated}: finished, so it has no legacy arm to replay against; "
            "name the tree as it was with --legacy (`git worktree add` makes one)"
        )


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"{host}:{port}: cannot listen there ({error.strerror}); name another with --port (0: any free one)"
            ) from error


def _journal(root: Path) -> Path:
    path = root / ".cutover" / "journal.json"
    if not path.is_file():
        raise PlanError(str(path), "there is no such file (--root names the migrated tree)")
    return path
