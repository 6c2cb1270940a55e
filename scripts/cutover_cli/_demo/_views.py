"""What the demo shows of a replay, a planted fault and the telemetry."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape

from cutover_cli._console import table
from cutover_cli._plant import Planted
from cutover_cli._replay_view import show_first_finding
from cutover_parity import ReplayReport


def show_replay(out: Console, report: ReplayReport) -> None:
    """One line of figures, and the statement that follows from them."""
    rate = report.replays / report.seconds if report.seconds else 0.0
    same, differ = report.counts["match"], report.counts["mismatch"]
    out.print(
        f"{report.depth} depth: {report.replays} pairs, [bold green]{same} identical[/], "
        f"{differ} mismatches, {rate:.0f} pairs a second"
    )
    out.print(f"  {report.coverage.share:.0%} of site × key × outcome reached", style="dim")
    out.print(f"  {report.statement}", style="dim")


def show_fault(out: Console, planted: Planted, report: ReplayReport) -> None:
    """What was planted, and the request that shows it."""
    out.print(f"planted: [yellow]{escape(planted.kind)}[/] at {escape(planted.site)} "
              f"({escape(planted.file)}:{planted.line}): {escape(planted.sentence)}")  # fmt: skip
    if report.clean:
        out.print("[red]not caught[/]")
        return
    caught = report.counts["mismatch"] or len(report.errors)
    out.print(f"[green]caught[/] by {caught} of {report.replays} pairs; the first:")
    show_first_finding(out, report)


def show_telemetry(out: Console, seen: dict[str, Any]) -> None:
    """Latency, errors and failovers by provider and arm, one route that failed over, and the arms' ratio."""
    rows = table("provider", "arm", "attempts:right", "errors", "failed over:right", "p50 ms:right", "p95 ms:right")
    for row in seen["summary"]["providers"]:
        latency = row["latency"] or {}
        errors = ", ".join(f"{name} {count}" for name, count in row["errors"].items()) or "-"
        rows.add_row(
            escape(row["provider"]), row["arm"], str(row["attempts"]), escape(errors), str(row["failovers_away"]),
            _milliseconds(latency.get("p50")), _milliseconds(latency.get("p95")),
        )  # fmt: skip
    out.print(rows)
    steps = " → ".join(
        f"{attempt['provider']} ({attempt['error'] or 'ok'}, {attempt['seconds'] * 1000:.0f} ms)"
        for attempt in seen["failed_over"]
    )
    out.print(f"the latest route that failed over: {escape(steps)}")
    ratio = seen["summary"]["ratio"]
    if ratio is not None:
        out.print(f"latency of the registry arm against the legacy arm (p50, all providers): {ratio:.2f}", style="bold")


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f}"
