"""From the store's times to those that are shown."""

from __future__ import annotations

from cutover_telemetry.overview._records import Percentiles
from cutover_telemetry.store import Quantiles

NANOSECONDS = 1_000_000_000


def seconds(nanoseconds: int) -> float:
    """A time or a duration in seconds."""
    return nanoseconds / NANOSECONDS


def percentiles(found: Quantiles | None) -> Percentiles | None:
    """The percentiles that are shown; None of no values."""
    return None if found is None else Percentiles(found.p50, found.p95, found.p99)


def three(found: Quantiles | None) -> tuple[float | None, float | None, float | None]:
    """The same by themselves."""
    return (None, None, None) if found is None else (found.p50, found.p95, found.p99)
