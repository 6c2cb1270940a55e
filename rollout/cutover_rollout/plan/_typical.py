"""Drawn minutes, fed to the judge's own evidence: how often it would tell two rates apart.

Nothing here has a rule of its own: tests, guard and milestones are the judge's, and so are the draws. Long stages are
drawn in blocks of several minutes. The same dice for every rate, so that the answer does not jump about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, sqrt
from random import Random

from cutover_telemetry.judge import Counts, Evidence, JudgePlan, Metric, Milestone, Outage, Pairs, interval
from cutover_telemetry.judge.simulate import binomial, poisson

RUNS, FOUND = 15, 12
UNLUCKY = 0.8416
BLOCKS = 48
STEPS = 7
NINETY_DAYS = 60 * 24 * 90
A_DAY = 60 * 24
BUSY = 100


@dataclass(frozen=True, slots=True)
class Arms:
    """Requests a minute of both arms together, and the candidate's share of them."""

    per_minute: float
    share: float

    def requests(self, minutes: float) -> tuple[int, int]:
        """The candidate's and the control's in so many minutes."""
        total = self.per_minute * minutes
        return round(total * self.share), round(total * (1 - self.share))


def found(arms: Arms, metric: Metric, plan: JudgePlan, *, control: float, candidate: float, minutes: float) -> bool:
    """Whether these rates are told apart within so many minutes, in four runs of five."""
    told = missed = 0
    for run in range(RUNS):
        if _run(arms, metric, plan, rates=(control, candidate), minutes=minutes, seed=run):
            told += 1
        else:
            missed += 1
        if told == FOUND or missed > RUNS - FOUND:
            break
    return told == FOUND


def least(told: Callable[[float], bool], *, low: float, high: float) -> float | None:
    """The smallest value that is told, between these (on a scale of logarithms); None if the highest is not."""
    if not told(high):
        return None
    for _ in range(STEPS):
        middle = sqrt(low * high)
        low, high = (low, middle) if told(middle) else (middle, high)
    return high


def same_after(arms: Arms, *, rate: float, margin: float, level: float) -> float | None:
    """Minutes after which arms that are alike are known to be within the margin; None if not in 90 days."""
    if not _same(arms, NINETY_DAYS, rate=rate, margin=margin, level=level):
        return None
    low, high = 1, NINETY_DAYS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _same(arms, middle, rate=rate, margin=margin, level=level) else (middle + 1, high)
    return float(high)


def total_failure(arms: Arms, *, alpha: float, control: float) -> tuple[int, int] | None:
    """Attempts of the candidate, and minutes, until a total failure is certain; None if that takes over a day."""
    outage, before = Outage(alpha), (0, 0, 0)
    for minute in range(1, A_DAY + 1):
        candidate, others = arms.requests(minute)
        now = candidate, round(others * control), others
        gone, failed, served = (later - earlier for later, earlier in zip(now, before, strict=True))
        outage.add(Counts((gone, gone), (min(failed, served), served)))
        before = now
        if outage.found is not None:
            return candidate, minute
    return None


def pairs_found(*, alpha: float, per_minute: float, minutes: float) -> float | None:
    """The part of the pairs in which the candidate alone has to fail; a minute counts once, the one after it not."""
    wanted, pairs = 0, Pairs(alpha)
    while pairs.found is None:
        pairs.add(candidate_only=1, control_only=0, pairs=1)
        pairs.add(candidate_only=0, control_only=0, pairs=1)
        wanted += 1

    def told(chance: float) -> bool:
        takes = wanted / chance + wanted - 1
        return takes + UNLUCKY * sqrt(wanted * (1 - chance)) / chance <= minutes

    chance = least(told, low=1e-6, high=0.999999)
    if chance is None or per_minute <= 0:
        return None
    return min(1.0, -log(1 - chance) / per_minute)


def _run(arms: Arms, metric: Metric, plan: JudgePlan, *, rates: tuple[float, float], minutes: float, seed: int) -> bool:
    dice, size = Random(seed), max(1, ceil(minutes / BLOCKS))  # noqa: S311  the same answer whenever it is asked
    evidence = _evidence(metric, plan, size=size)
    for _ in range(max(1, int(minutes // size))):
        total = poisson(dice, arms.per_minute * size)
        asked = binomial(dice, total, arms.share)
        hits = binomial(dice, asked, rates[1])
        counts = Counts((hits, asked), (binomial(dice, total - asked, rates[0]), total - asked))
        evidence.add([counts], moderate=asked >= BUSY * size and 3 * hits <= asked)
        if evidence.found is not None:
            return True
    return False


def _evidence(metric: Metric, plan: JudgePlan, *, size: int) -> Evidence:
    own = plan.metrics[metric]
    milestones = tuple(
        Milestone(minute // size, plan.alpha * own.milestones * part)
        for minute, part in plan.milestones.items()
        if own.milestones and minute // size >= plan.guard.minutes
    )
    return Evidence(plan.alpha * own.part, milestones, own.quick, guard=plan.guard, least=own.least)


def _same(arms: Arms, minutes: int, *, rate: float, margin: float, level: float) -> bool:
    ours, theirs = arms.requests(minutes)
    if not ours or not theirs:
        return False
    evidence = Evidence(level)
    evidence.add([Counts((round(ours * rate), ours), (round(theirs * rate), theirs))])
    told = interval(evidence.dispersion, level=level)
    return told.high - told.estimate <= margin
