"""Quantiles of the control, frozen beforehand, above which requests of both arms are counted.

A threshold may come from anything but the candidate's future: from the control's minutes before the stage, or from
its minutes so far. Before there are enough of those, a minute's own threshold is taken over both arms together, which
is fair too: if the arms are alike, what lies above it falls on them by chance. It is frozen anew each hour, so that a
day's rise and fall does not leave it behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from cutover_telemetry.judge._cells import Cell, Pair
from cutover_telemetry.judge._counts import QUANTILES, Counts, Metric
from cutover_telemetry.judge._distribution import Distribution, condensed, pooled_quantile

ENOUGH = 200
FROZEN_FOR = 60
FIRST_CHUNKS = {Metric.FIRST_CHUNK_P50, Metric.FIRST_CHUNK_P95}
MEASURES = tuple(
    tuple(metric for metric in QUANTILES if (metric in FIRST_CHUNKS) is first_chunk) for first_chunk in (False, True)
)
"""The metrics that are quantiles of the same durations."""


@dataclass(slots=True)
class Thresholds:
    """Of one provider: the control's last hour, what was frozen from it, and which metrics are not yet."""

    control: deque[Cell] = field(default_factory=lambda: deque(maxlen=FROZEN_FOR))
    frozen: dict[Metric, float] = field(default_factory=dict)
    provisional: frozenset[Metric] = frozenset()
    age: int = 0

    def counts(self, pair: Pair) -> Mapping[Metric, Counts]:
        """The counts of every metric that this minute can tell of; the control's cell is then history."""
        self._freeze()
        self.provisional = frozenset(QUANTILES) - frozenset(self.frozen)
        made = _plain(pair)
        for metrics in MEASURES:
            ours, theirs = _of(pair.candidate, metrics[0]), _of(pair.control, metrics[0])
            both, sizes = condensed((ours, theirs)), (ours.count, theirs.count)
            for metric in metrics:
                value = self.frozen[metric] if metric in self.frozen else pooled_quantile(both, QUANTILES[metric])
                if value is not None:
                    made[metric] = Counts((ours.above(value), sizes[0]), (theirs.above(value), sizes[1]))
        self.control.append(pair.control)
        return made

    def _freeze(self) -> None:
        self.age += 1
        stale = self.age > FROZEN_FOR
        for metrics in MEASURES:
            wanted = [metric for metric in metrics if stale or metric not in self.frozen]
            parts = [_of(cell, metrics[0]) for cell in self.control] if wanted else []
            if parts and sum([part.count for part in parts]) >= ENOUGH:
                whole = condensed(parts)
                values = {metric: pooled_quantile(whole, QUANTILES[metric]) for metric in wanted}
                self.frozen.update({metric: value for metric, value in values.items() if value is not None})
        if stale:
            self.age = 0


def _plain(pair: Pair) -> dict[Metric, Counts]:
    ours, theirs = pair.candidate, pair.control
    made = {
        Metric.ERRORS: Counts((ours.errors, ours.attempts), (theirs.errors, theirs.attempts)),
        Metric.TIMEOUTS: Counts((ours.timeouts, ours.attempts), (theirs.timeouts, theirs.attempts)),
    }
    known = [cell.extra is not None or cell.attempts == 0 for cell in (ours, theirs)]
    if all(known):
        made[Metric.EXTRA_ATTEMPTS] = Counts((ours.extra or 0, ours.attempts), (theirs.extra or 0, theirs.attempts))
    return made


def _of(cell: Cell, metric: Metric) -> Distribution:
    return cell.first_chunk if metric in FIRST_CHUNKS else cell.latency
