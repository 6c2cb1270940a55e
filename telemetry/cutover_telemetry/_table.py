"""The summary as tables in a terminal; this module needs rich.

Names of providers and error types come from outside: they are printed as text, never as markup.
"""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cutover_telemetry._summary import ArmRow, Failover, Percentiles, ProviderRow, Ratio, Summary

PROVIDER_COLUMNS = ("provider", "arm", "attempts", "errors", "away", "to", "p50", "p95", "p99", "first chunk")
FAILOVER_COLUMNS = ("failed", "taken over by", "times", "time lost")
ARM_COLUMNS = ("routes on", "routes", "outcomes", "p50", "p95", "p99", "time lost")
RATIO_COLUMNS = ("registry / legacy", "p50", "p95", "p99")
TEXT_COLUMNS = frozenset(
    {"provider", "arm", "errors", "failed", "taken over by", "routes on", "outcomes", "registry / legacy"}
)
NOTHING = "-"


def table(summary: Summary) -> RenderableType:
    """Tables of providers, failovers, arms and ratios; those without a row are left out."""
    tables = [
        _table(PROVIDER_COLUMNS, [_provider_cells(row) for row in summary.providers]),
        _table(FAILOVER_COLUMNS, [_failover_cells(row) for row in summary.failovers]),
        _table(ARM_COLUMNS, [_arm_cells(row) for row in summary.arms]),
        _table(RATIO_COLUMNS, _ratio_rows(summary)),
    ]
    shown = [one for one in tables if one.row_count]
    return Group(*shown) if shown else Text("no attempt was seen")


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    made = Table(header_style="bold")
    for column in columns:
        made.add_column(column, justify="left" if column in TEXT_COLUMNS else "right")
    for row in rows:
        made.add_row(*(Text(_printable(cell)) for cell in row))
    return made


def _provider_cells(row: ProviderRow) -> tuple[str, ...]:
    return (
        row.provider,
        row.arm,
        str(row.attempts),
        _counts(row.errors),
        str(row.failovers_away),
        str(row.failovers_to),
        *_milliseconds(row.latency),
        _milliseconds(row.first_chunk)[0],
    )


def _failover_cells(row: Failover) -> tuple[str, ...]:
    return row.away, row.to, str(row.count), f"{row.time_lost:.3f} s"


def _arm_cells(row: ArmRow) -> tuple[str, ...]:
    return row.arm, str(row.routes), _counts(row.outcomes), *_milliseconds(row.latency), f"{row.time_lost:.3f} s"


def _ratio_rows(summary: Summary) -> list[tuple[str, ...]]:
    rows = [_ratio_cells(ratio) for ratio in summary.ratios]
    if summary.ratio is not None:
        rows.append(("all (geometric mean)", f"{summary.ratio:.2f}", "", ""))
    return rows


def _ratio_cells(ratio: Ratio) -> tuple[str, ...]:
    return ratio.provider, f"{ratio.p50:.2f}", f"{ratio.p95:.2f}", f"{ratio.p99:.2f}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or NOTHING


def _milliseconds(found: Percentiles | None) -> tuple[str, str, str]:
    if found is None:
        return NOTHING, NOTHING, NOTHING
    p50, p95, p99 = (f"{value * 1000:.1f} ms" for value in (found.p50, found.p95, found.p99))
    return p50, p95, p99


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
