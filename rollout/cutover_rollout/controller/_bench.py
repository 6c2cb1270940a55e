"""The evidence of one stage: a judge for each provider and one for all together, under one error probability.

Half of the stage's part is for all together, half is shared by the providers; one provider has it all. Providers are
those that are known when the stage begins. Where more may come, a tenth of the providers' half (a twentieth of all,
where there is one) is kept for them: a half of it for the first that comes, a sixth for the second, 1/(k(k+1)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from cutover_rollout.controller._evidence import PairMinute
from cutover_telemetry.judge import Counts, Judge, JudgePlan, Metric, Minute, Pairs, Split, together

ALL = "*"
MOST = 40
"""So many providers are judged one by one; those that come later only together with the others."""
FOR_LATE = 0.05
NOT_JUDGED = 1e-9
SETTLING = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """How the stage's part of the error probability is divided."""

    whole: float
    each: float
    late: float

    @classmethod
    def of(cls, alpha: float, names: int, *, more: bool) -> Parts:
        """The parts for so many known providers, of which there may be more."""
        whole = 0.5 if names > 1 else 0.0
        late = FOR_LATE if more else 0.0
        return cls(alpha * whole, alpha * (1 - whole - late) / max(names, 1), alpha * late)

    def of_late(self, number: int) -> float:
        """The part of the provider that came as the first, the second … of those that were not known."""
        return self.late / (number * (number + 1))


@dataclass(slots=True)
class Fall:
    """Minutes up to now in which no request was answered, where there is no control."""

    minutes: int = 0
    failures: int = 0

    def add(self, failed: int, requests: int) -> None:
        """Count a minute; one without requests says nothing."""
        if failed < requests:
            self.minutes = self.failures = 0
        elif requests:
            self.minutes += 1
            self.failures += failed


@dataclass(slots=True)
class Bench:
    """What was counted in this stage, by provider in the order in which they became known.

    Attributes:
        names: Those that were known when the stage began.
        parts: How the error probability is divided.
        plan: How strictly is judged.
        shadow: Whether pairs are judged, and minutes only tell of the control.
        restless: What jumped about in earlier stages.
        own: The judge of each provider.
        whole: The judge of all together, None where there is one provider.
        pairs: Of a shadow stage: by provider, and of all together.
        split: Whether the candidate gets its share.
        fall: Of the last stage: whether nothing is answered any more.
        last: The last minute that was counted.
        requests: Those of the candidate, in a shadow stage pairs.
    """

    names: tuple[str, ...]
    parts: Parts
    plan: JudgePlan
    shadow: bool = False
    restless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: dict[str, Judge] = field(default_factory=dict)
    whole: Judge | None = None
    pairs: dict[str, Pairs] = field(default_factory=dict)
    split: Split = field(default_factory=Split)
    fall: Fall = field(default_factory=Fall)
    last: int | None = None
    requests: int = 0

    def __post_init__(self) -> None:
        for name in self.names:
            self.own[name] = self.judge(name)
        if len(self.names) > 1:
            self.whole = self.judge(ALL)

    def judge(self, name: str) -> Judge:
        """A judge that has seen nothing, with the part of this provider, or of all together."""
        restless = frozenset(map(Metric, self.restless.get(name, ())))
        alpha = NOT_JUDGED if self.shadow else max(self.part(name), NOT_JUDGED)
        plan = replace(self.plan, alpha=alpha)
        return Judge("all" if name == ALL else name, plan, restless)

    def part(self, name: str) -> float:
        """The part of a provider, known or not, or of all together."""
        if name == ALL:
            return self.parts.whole if len(self.names) > 1 else 0.0
        if name in self.names:
            return self.parts.each
        late = [each for each in (self.pairs if self.shadow else self.own) if each not in (*self.names, ALL)]
        return self.parts.of_late((late.index(name) if name in late else len(late)) + 1)

    def add(self, at: int, minutes: Mapping[str, Minute], *, counted_from: Mapping[str, int]) -> None:
        """Count one minute of some providers."""
        self.last = at
        plain = {name: replace(minute, share=None) for name, minute in minutes.items()}
        for name, minute in plain.items():
            self.requests += minute.candidate
            if name not in self.own and len(self.own) < MOST:
                self.own[name] = self.judge(name)
            if name in self.own and at >= counted_from.get(name, -inf):
                self.own[name].add(minute)
        if self.whole is not None and plain and at >= counted_from.get(ALL, -inf):
            self.whole.add(together(at, plain.values()))
        errors = [errors_of(minute) for minute in plain.values()]
        self.fall.add(sum(one.candidate[0] for one in errors), sum(one.candidate[1] for one in errors))

    def add_pairs(self, at: int, minutes: Mapping[str, PairMinute]) -> None:
        """Count one minute of shadow pairs of some providers."""
        self.last = at
        for name, one in minutes.items():
            self.requests += one.pairs
            if name in self.pairs or len(self.pairs) < MOST:
                self._add_pairs(name, (one,))
        if self.whole is not None and minutes:
            self._add_pairs(ALL, minutes.values())

    def _add_pairs(self, name: str, minutes: Iterable[PairMinute]) -> None:
        pairs = self.pairs.setdefault(name, Pairs(max(self.part(name), NOT_JUDGED)))
        told = [(one.candidate_only, one.control_only, one.pairs) for one in minutes]
        candidate_only, control_only, of = map(sum, zip(*told, strict=True))
        pairs.add(candidate_only=candidate_only, control_only=control_only, pairs=of)

    @property
    def seen_restless(self) -> dict[str, tuple[str, ...]]:
        """What jumped about, for the judges of the next stage."""
        judges = {**self.own, **({} if self.whole is None else {ALL: self.whole})}
        seen = {name: tuple(sorted(each.value for each in judge.seen_restless)) for name, judge in judges.items()}
        return {**self.restless, **{name: metrics for name, metrics in seen.items() if metrics}}


def errors_of(minute: Minute) -> Counts:
    """The errors of a minute, of all its strata."""
    strata = minute.counts.get(Metric.ERRORS, ())
    return Counts(_summed(one.candidate for one in strata), _summed(one.control for one in strata))


def _summed(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    hits = requests = 0
    for one, of in counts:
        hits, requests = hits + one, requests + of
    return hits, requests
