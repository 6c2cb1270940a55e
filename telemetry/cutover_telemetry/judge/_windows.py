"""Two windows that were not served at the same time: an ordinary comparison, and no proof.

Whatever else changed between them (the provider's day, the mix of requests, the load) is in the difference too. The
limits are at 95 % over all metrics together. "Same" says that the whole interval is within the margin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from cutover_telemetry.judge._cells import Cell, Cells
from cutover_telemetry.judge._counts import QUANTILES, Metric
from cutover_telemetry.judge._effects import Effect, effects
from cutover_telemetry.judge._plan import DEFAULT_METRICS
from cutover_telemetry.judge._verdicts import Need, Verdict

LATENCY_MARGIN = 1.10
LEVEL = 0.95
LEAST = 30
ALL = "all"


@dataclass(frozen=True, slots=True)
class WindowVerdict:
    """One metric of two windows."""

    effect: Effect
    verdict: Verdict
    margin: float
    needs: Need | None = None


@dataclass(frozen=True, slots=True)
class WindowJudgement:
    """One provider (or all) in two windows."""

    subject: str
    verdict: Verdict
    metrics: tuple[WindowVerdict, ...]
    requests: tuple[int, int]
    minutes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class WindowComparison:
    """All providers together first; never concurrent."""

    judgements: tuple[WindowJudgement, ...]
    concurrent: bool = False

    @property
    def verdict(self) -> Verdict:
        """Worse if anything is; else what is said of all together."""
        if any(one.verdict is Verdict.WORSE for one in self.judgements):
            return Verdict.WORSE
        return self.judgements[0].verdict


def compare_windows(candidate: Cells, baseline: Cells) -> WindowComparison:
    """Compare two windows, all providers together and each by itself."""
    names = sorted({provider for provider, _ in (*candidate, *baseline)})
    level = 1 - (1 - LEVEL) / len(Metric) / max(1, len(names) + (len(names) > 1))
    told = [_judge(name, _cells(candidate, name), _cells(baseline, name), level) for name in names]
    if len(told) == 1:
        return WindowComparison(tuple(told))
    return WindowComparison((_judge(ALL, list(candidate.values()), list(baseline.values()), level), *told))


def _cells(cells: Mapping[tuple[str, int], Cell], provider: str) -> list[Cell]:
    return [cell for (name, _), cell in sorted(cells.items()) if name == provider]


def _judge(subject: str, candidate: Sequence[Cell], baseline: Sequence[Cell], level: float) -> WindowJudgement:
    metrics = tuple(_decide(effect) for effect in effects(candidate, baseline, level=level))
    requests = sum(cell.attempts for cell in candidate), sum(cell.attempts for cell in baseline)
    return WindowJudgement(subject, _overall(metrics), metrics, requests, (len(candidate), len(baseline)))


def _decide(effect: Effect) -> WindowVerdict:
    margin = LATENCY_MARGIN if effect.metric in QUANTILES else DEFAULT_METRICS[effect.metric].margin
    few = min(effect.candidate.requests, effect.baseline.requests) < LEAST
    if not few and effect.low > effect.nothing:
        verdict = Verdict.WORSE
    elif not few and effect.high < effect.nothing:
        verdict = Verdict.BETTER
    elif not few and effect.high <= margin:
        verdict = Verdict.SAME
    else:
        return WindowVerdict(effect, Verdict.CANNOT_JUDGE, margin, _need(effect, margin, few=few))
    return WindowVerdict(effect, verdict, margin)


def _need(effect: Effect, margin: float, *, few: bool) -> Need:
    """Intervals narrow as the root of the requests; a true value beyond the margin needs none, and gets none."""
    room, half = margin - effect.value, effect.high - effect.value
    seen = effect.candidate.requests + effect.baseline.requests
    if few:
        return Need(None, max(0, 2 * LEAST - seen))
    times = (half / room) ** 2 if room > 0 else (half / (margin - effect.nothing)) ** 2
    return Need(None, ceil(seen * max(times - 1, 0.1)))


def _overall(metrics: Sequence[WindowVerdict]) -> Verdict:
    verdicts = {one.verdict for one in metrics}
    for verdict in (Verdict.WORSE, Verdict.CANNOT_JUDGE, Verdict.BETTER):
        if verdict in verdicts:
            return verdict
    return Verdict.SAME if metrics else Verdict.CANNOT_JUDGE
