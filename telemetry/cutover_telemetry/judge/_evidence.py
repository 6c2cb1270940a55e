"""Evidence that the candidate's rate is higher, for one metric: looked at after each minute, valid at all of them.

Two tests share the metric's error probability: an e-value that may be looked at always, and a milestone, an ordinary
test at minutes that were fixed beforehand, which finds small differences that a test for all times finds later.

Example: ``evidence.add([Counts((9, 300), (3, 300))])``, then ``evidence.found``
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import erfc, exp, log, sqrt
from operator import add

from cutover_telemetry.judge._counts import Counts
from cutover_telemetry.judge._dispersion import CALM, SLACK, Dispersion
from cutover_telemetry.judge._factor import TILTS, facts, log_mixture

JUMP = 1 / 3
BUSY = 100
ENOUGH_VARIANCE = 4.0
BURSTY = 1.5
ROUNDING = 1e-6


class Gate(StrEnum):
    """Whether evidence may be acted on, and if not, what it has to outlast."""

    OPEN = "open"
    TOO_SHORT = "shorter than a burst"
    RESTLESS = "an arm jumps about, and too few minutes to know how much"
    ONE_BURST = "all of it in three minutes"


@dataclass(frozen=True, slots=True)
class Guard:
    """What evidence has to outlast before it is acted on.

    Attributes:
        minutes: Fewer of them could be one burst.
        rest: Standard deviations that have to be left when the worst three minutes in a row are taken out.
        restless_minutes: Fewer do not tell how much a control that jumps about does so.
        scatter: Whether minutes that scatter more than chance would count for less.
    """

    minutes: int = 4
    rest: float = 0.5
    restless_minutes: int = 20
    scatter: bool = True


USUAL = Guard()


@dataclass(frozen=True, slots=True)
class Milestone:
    """An ordinary test after so many minutes, with its own error probability."""

    minute: int
    alpha: float


@dataclass(frozen=True, slots=True)
class Found:
    """The first look at which the evidence was enough."""

    minute: int
    test: str
    e_value: float


@dataclass(slots=True)
class Evidence:
    """What the minutes so far say against equal arms; `alpha` is for the e-value, milestones have their own.

    `quick` lets a verdict fall before a burst could have passed, while `moderate` says that it does not look like one.
    `slack` is the benefit that chance gets in judging how minutes scatter, none where an arm is restless; `patient`
    wants more minutes, since the control is. A difference below `least` is not acted on.
    """

    alpha: float
    milestones: tuple[Milestone, ...] = ()
    quick: bool = False
    slack: float = SLACK
    patient: bool = False
    guard: Guard = USUAL
    least: float = 0.0
    logs: list[float] = field(default_factory=lambda: [0.0] * len(TILTS))
    dispersion: Dispersion = field(default_factory=Dispersion)
    found: Found | None = None

    def add(self, strata: Iterable[Counts], *, moderate: bool = False) -> None:
        """Count one minute and look at it; a minute in which one arm had no request is none."""
        judged = [counts for counts in strata if counts.judged]
        if not judged:
            return
        self.quick = self.quick and moderate
        score = variance = exposure = third_moment = slope = bend = 0.0
        for told in map(facts, judged):
            score += told.score
            variance += told.variance
            exposure += told.exposure
            third_moment += told.third_moment
            slope += told.slope
            bend += told.bend
            if told.variance:
                self.logs = list(map(add, self.logs, told.log_factors))
        self.dispersion.add(score, variance, exposure, third_moment=third_moment, slope=slope, bend=bend)
        if self.found is None:
            self.found = self._look()

    @property
    def factor(self) -> float:
        """How many times wider than independent requests the minutes scatter."""
        return self.dispersion.factor(slack=self.slack) if self.guard.scatter else 1.0

    @property
    def log_e(self) -> float:
        """The log of the e-value, cut down to what uneven minutes allow."""
        factor = self.factor
        worth = log_mixture(self.logs, dispersion=factor)
        return min(worth, self.dispersion.symmetric(slack=self.slack)) if factor > CALM else worth

    def gate(self, factor: float) -> Gate:
        """Whether what was seen has outlasted a burst."""
        if self.dispersion.minutes < self.guard.minutes:
            return Gate.OPEN if self.quick else Gate.TOO_SHORT
        if self.patient and self.dispersion.minutes < self.guard.restless_minutes:
            return Gate.RESTLESS
        return Gate.OPEN if self.dispersion.without_best(factor) >= self.guard.rest else Gate.ONE_BURST

    def p_value(self) -> float:
        """The ordinary one-sided p-value, from what has been counted so far."""
        factor = self.factor
        if self.dispersion.variance < ENOUGH_VARIANCE:
            return 1.0
        if factor > BURSTY:
            return exp(-max(self.dispersion.symmetric(slack=self.slack), 0.0))
        return 0.5 * erfc(self.dispersion.deviations(factor) / sqrt(2))

    def _within_reach(self) -> bool:
        """Whether a test could be decided now: stakes add up to 1, so no e-value is above the best bet's."""
        due = any(milestone.minute == self.dispersion.minutes for milestone in self.milestones)
        return due or max(self.logs) >= log(1 / self.alpha) - ROUNDING

    def _look(self) -> Found | None:
        promising = self.dispersion.score > 0 and self.dispersion.difference >= self.least
        if not promising or not self._within_reach() or self.gate(self.factor) is not Gate.OPEN:
            return None
        if (log_e := self.log_e) >= log(1 / self.alpha):
            return Found(self.dispersion.minutes, "e-value", exp(min(log_e, 700.0)))
        for milestone in self.milestones:
            if milestone.minute == self.dispersion.minutes and self.p_value() <= milestone.alpha:
                return Found(self.dispersion.minutes, f"milestone of minute {milestone.minute}", exp(min(log_e, 700.0)))
        return None
