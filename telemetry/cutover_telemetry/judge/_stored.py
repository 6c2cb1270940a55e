"""Cells out of a store: its minutes, with their sketches. Minutes are kept for two days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from cutover_telemetry.judge._cells import Cell, is_timeout
from cutover_telemetry.judge._distribution import Distribution, Values
from cutover_telemetry.store import Sketch, Slice, Store, Window

MINUTE = 60_000_000_000


def stored_cells(
    path: Path, window: Window, *, arm: str | None = None, provider: str | None = None, site: str | None = None
) -> dict[tuple[str, int], Cell]:
    """The cells of one arm by provider and minute; the minute is that in which an attempt ended.

    Raises:
        StoreError: There is no store there, or it is not ours.
    """
    found = Store.of(path).query.minutes(window, provider=provider, arm=arm, site=site)
    return sliced_cells(found)


def sliced_cells(slices: Iterable[Slice], *, arm: str | None = None, step: int = MINUTE) -> dict[tuple[str, int], Cell]:
    """The cells of one arm, or of all together, by provider and slice; slices of `step` nanoseconds count from 1970."""
    grouped: dict[tuple[str, int], list[Slice]] = defaultdict(list)
    for each in slices:
        if arm in {None, each.arm}:
            grouped[each.provider, each.start // step].append(each)
    return {key: _cell(parts) for key, parts in grouped.items()}


def _cell(parts: Sequence[Slice]) -> Cell:
    attempts = sum(each.attempts for each in parts)
    return Cell(
        attempts,
        sum(each.failed for each in parts),
        sum(count for each in parts for name, count in each.errors.items() if is_timeout(name)),
        min(sum(each.failovers_away for each in parts), attempts),
        _sketch(Sketch.merged(each.latency_sketch for each in parts)),
        _sketch(Sketch.merged(each.first_chunk_sketch for each in parts)),
    )


def _sketch(sketch: Sketch) -> Distribution:
    return sketch if sketch.count else Values()
