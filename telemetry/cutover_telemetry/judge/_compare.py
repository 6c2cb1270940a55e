"""Two arms that were served at the same time, judged: all providers together, and each by itself.

Half of the error probability is for all together; the other half is shared by the providers. One provider has it all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cutover_telemetry.judge._cells import Pair, providers
from cutover_telemetry.judge._counts import Counts, Metric, Minute
from cutover_telemetry.judge._judge import Judge
from cutover_telemetry.judge._judgement import judgement
from cutover_telemetry.judge._plan import JudgePlan
from cutover_telemetry.judge._thresholds import Thresholds
from cutover_telemetry.judge._verdicts import Judgement, Verdict

ALL = "all"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The judgements, all together first; `concurrent` says whether the arms were served at the same time."""

    judgements: tuple[Judgement, ...]
    concurrent: bool = True

    @property
    def verdict(self) -> Verdict:
        """Worse if anything is; else what is said of all together."""
        if any(one.verdict is Verdict.WORSE for one in self.judgements):
            return Verdict.WORSE
        return self.judgements[0].verdict


class Comparing:
    """Judges minute by minute; a comparison may be asked for at any time. The providers are known beforehand."""

    def __init__(self, names: Iterable[str], *, plan: JudgePlan | None = None) -> None:
        plan, self.names = plan or JudgePlan(), tuple(sorted(names))
        own = plan.alpha if len(self.names) < 2 else plan.alpha / 2 / len(self.names)
        self._judges = {name: Judge(name, replace(plan, alpha=own)) for name in self.names}
        self._whole = Judge(ALL, replace(plan, alpha=plan.alpha / 2))
        self._thresholds: dict[str, Thresholds] = defaultdict(Thresholds)

    def add(self, pairs: Iterable[Pair]) -> None:
        """Count the pairs of one minute, or of several in their order."""
        for at, group in groupby(pairs, key=lambda pair: pair.minute):
            strata = []
            for pair in group:
                thresholds = self._thresholds[pair.provider]
                counts = thresholds.counts(pair)
                strata.append(minute_of(pair, counts, provisional=thresholds.provisional))
                self._judges[pair.provider].add(strata[-1])
            if len(self.names) > 1:
                self._whole.add(together(at, strata))

    def comparison(self) -> Comparison:
        """What may be said now."""
        told = [judgement(judge) for judge in self._judges.values()]
        return Comparison(tuple(told) if len(told) == 1 else (judgement(self._whole), *told))


def compare(pairs: Sequence[Pair], *, plan: JudgePlan | None = None) -> Comparison:
    """Judge every minute of these pairs, in their order."""
    comparing = Comparing(providers(pairs), plan=plan)
    comparing.add(pairs)
    return comparing.comparison()


def minute_of(pair: Pair, counts: Mapping[Metric, Counts], *, provisional: frozenset[Metric] = frozenset()) -> Minute:
    """A minute of one provider."""
    strata = {metric: (each,) for metric, each in counts.items()}
    return Minute(pair.minute, strata, pair.candidate.attempts, pair.control.attempts, pair.share, provisional)


def together(at: int, minutes: Iterable[Minute]) -> Minute:
    """A minute of all providers: each keeps its own stratum, so that a mix that changes is no difference."""
    given = list(minutes)
    strata: dict[Metric, tuple[Counts, ...]] = {}
    for minute in given:
        for metric, each in minute.counts.items():
            strata[metric] = (*strata.get(metric, ()), *each)
    shares = {minute.share for minute in given}
    share = shares.pop() if len(shares) == 1 else None
    provisional = frozenset(metric for minute in given for metric in minute.provisional)
    candidate, control = sum(one.candidate for one in given), sum(one.control for one in given)
    return Minute(at, strata, candidate, control, share, provisional)
