"""Where the evidence of a rollout comes from: telemetry stores, and in a shadow stage the shadow's counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cutover_cli._rollout_certified import certifying
from cutover_cli._rollout_options import Where
from cutover_rollout.controller import Evidence, PairMinute, Rollout, StoreEvidence
from cutover_rollout.shadow import FOLDER, NoCounts, shadow_pairs

COUNTS = "counts.db"
SETTLED_PAIRS = 65.0  # seconds: a candidate that hangs is counted once its time is up


@dataclass(frozen=True)
class Pairs:
    """The shadow pairs of this machine's folder, over all sites."""

    path: Path

    def __call__(self, first: int, last: int) -> Iterator[PairMinute]:
        """Those from one minute on and before another."""
        counts: dict[tuple[int, str], Counter[str]] = {}
        try:
            found = shadow_pairs(self.path, since=first, until=last)
        except NoCounts:
            return
        for one in found:
            count = counts.setdefault((one.minute, one.provider), Counter())
            count.update(pairs=one.pairs, candidate_only=one.candidate_only, control_only=one.control_only)
        for (minute, provider), count in sorted(counts.items()):
            yield PairMinute(minute, provider, count["pairs"], count["candidate_only"], count["control_only"])


class Source:
    """The evidence of served stages and of shadow stages, which settle later."""

    def __init__(
        self, where: Where, stores: tuple[Path, ...], *, certificate: Path | None = None, legacy: Path | None = None
    ) -> None:
        paths, certified = where.stores(stores), certifying(where, certificate, legacy)
        pairs = Pairs(where.root / FOLDER / COUNTS)
        self._served = StoreEvidence(paths, certified=certified)
        self._shadow = StoreEvidence(paths, certified=certified, pairs=pairs, settled=SETTLED_PAIRS)

    def since(self, rollout: Rollout, at: float) -> Evidence:
        """What a look at this moment is to be given; raises StoreError."""
        return (self._shadow if rollout.at_stage.shadow else self._served).since(rollout, at)
