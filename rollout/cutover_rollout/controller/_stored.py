"""Evidence out of telemetry stores: whole, settled minutes, each once.

What a minute says does not depend on when it is read or by whom: thresholds begin anew with each stage, from the hour
of the control before it, so that a controller that is started in the middle of a stage finds the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from cutover_rollout.controller._evidence import Certified, Evidence, PairMinute, RouteMinute
from cutover_rollout.controller._rollout import Rollout
from cutover_rollout.controller._stages import EVERY
from cutover_telemetry.judge import Minute, Thresholds, beside, minute_of, sliced_cells
from cutover_telemetry.store import NoStore, Store, Window
from cutover_telemetry.store.query import Slice

CANDIDATE, CONTROL = "registry", "legacy"
SETTLED = 5.0
HISTORY = 60
MINUTE = 60
NANOSECONDS = 1_000_000_000
Certify = Callable[[], Certified | None]
PairsOf = Callable[[int, int], Iterable[PairMinute]]


@dataclass(slots=True)
class _Stage:
    """What was read of the present stage: its first minute, the next one, and the thresholds by provider."""

    first: int
    next: int
    thresholds: dict[str, Thresholds] = field(default_factory=lambda: defaultdict(Thresholds))


class StoreEvidence:
    """Reads what the workers' stores have; a store that is not there yet has nothing.

    Args:
        paths: The stores.
        certified: Says how the parity certificate stands.
        pairs: Gives the shadow pairs from one minute on and before another.
        settled: Seconds after its end from which a minute is taken for complete.
    """

    def __init__(
        self,
        paths: Iterable[Path | str],
        *,
        certified: Certify | None = None,
        pairs: PairsOf | None = None,
        settled: float = SETTLED,
    ) -> None:
        self._stores = [Store.of(path) for path in paths]
        self._certified = certified
        self._pairs = pairs
        self._settled = settled
        self._stage: _Stage | None = None

    def since(self, rollout: Rollout, at: float) -> Evidence:
        """What a look at this moment (seconds since the epoch) is to be given.

        Every minute of the stage that is over, settled and not counted yet. Minutes are those in which attempts ended.

        Raises:
            StoreError: A store is somebody else's, or cannot be read.
        """
        first = ceil(rollout.since / MINUTE)
        begin = first if rollout.seen is None else max(first, rollout.seen + 1)
        end = max(begin, int((at - self._settled) // MINUTE))
        stage = self._of(first, begin)
        slices = self._slices(rollout, stage.next, max(end, int(at // MINUTE) + 1))
        minutes = self._minutes(stage, slices, begin, end)
        stage.next = end
        return Evidence(
            minutes=minutes,
            pairs=() if self._pairs is None else tuple(self._pairs(begin, end)),
            routes=self._routes(rollout, begin, end),
            certified=None if self._certified is None else self._certified(),
            silent=_silent(slices, at),
        )

    def _of(self, first: int, begin: int) -> _Stage:
        known = self._stage
        if known is None or known.first != first or known.next > begin:
            known = self._stage = _Stage(first, first - HISTORY)
        return known

    def _slices(self, rollout: Rollout, first: int, stop: int) -> list[Slice]:
        window = Window(first * MINUTE * NANOSECONDS, stop * MINUTE * NANOSECONDS)
        found: list[Slice] = []
        for store in self._stores:
            for site in (None,) if rollout.plan.sites == EVERY else rollout.plan.sites:
                with suppress(NoStore):
                    found += store.query.minutes(window, site=site)
        return [one for one in found if rollout.plan.providers == EVERY or one.provider in rollout.plan.providers]

    def _minutes(self, stage: _Stage, slices: Sequence[Slice], begin: int, end: int) -> dict[str, tuple[Minute, ...]]:
        made: dict[str, list[Minute]] = defaultdict(list)
        for pair in beside(sliced_cells(slices, arm=CANDIDATE), sliced_cells(slices, arm=CONTROL)):
            if pair.minute >= end:
                continue
            thresholds = stage.thresholds[pair.provider]
            if pair.minute < stage.first:
                thresholds.control.append(pair.control)
                continue
            counts = thresholds.counts(pair)
            if pair.minute >= begin:
                made[pair.provider].append(minute_of(pair, counts, provisional=thresholds.provisional))
        return {name: tuple(minutes) for name, minutes in made.items()}

    def _routes(self, rollout: Rollout, begin: int, end: int) -> tuple[RouteMinute, ...] | None:
        if rollout.plan.sites != EVERY or rollout.plan.providers != EVERY or not 0 < rollout.at_stage.share < 1:
            return None
        return tuple(self._routes_of(minute) for minute in range(begin, end))

    def _routes_of(self, minute: int) -> RouteMinute:
        window = Window(minute * MINUTE * NANOSECONDS, (minute + 1) * MINUTE * NANOSECONDS)
        counts: Counter[str | None] = Counter()
        for store in self._stores:
            with suppress(NoStore):
                for card in store.query.routes(window).cards:
                    counts[card.arm] += card.routes
        return RouteMinute(minute, counts[CANDIDATE], counts[CONTROL])


def _silent(slices: Sequence[Slice], at: float) -> float | None:
    last = max((one.start for one in slices), default=None)
    return None if last is None else max(0.0, at - last / NANOSECONDS - MINUTE)
