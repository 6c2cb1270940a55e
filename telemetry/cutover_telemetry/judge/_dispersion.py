"""Whether minutes scatter more than independent requests would, and what remains of the evidence if they do.

A burst (two bad minutes of one arm, by chance) looks like overwhelming evidence to a statistic that counts requests. It
betrays itself by being uneven in time: a regression is there in every minute. So scores are kept by minute and by
windows of three minutes; a two-minute burst fits in one. What is kept is a dozen numbers, however long it runs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from math import log, sqrt

WINDOW = 3
LONG = 9
SLACK = 1.0
CALM = 1.1
OVERLAP = 1.4
LASTING = 8


@dataclass(slots=True)
class Scatter:
    """Sums over the windows of one length, from which the variance about any mean difference follows."""

    length: int
    squares: float = 0.0
    products: float = 0.0
    exposures: float = 0.0

    def add(self, score: float, exposure: float) -> None:
        """Count one window."""
        self.squares += score * score
        self.products += score * exposure
        self.exposures += exposure * exposure

    def about(self, difference: float) -> float:
        """The sum of squares that is left when this difference of the rates is taken out."""
        return self.squares - 2 * difference * self.products + difference * difference * self.exposures


@dataclass(slots=True)
class Dispersion:
    """Scores of the minutes so far: totals, and how unevenly they came."""

    minutes: int = 0
    score: float = 0.0
    variance: float = 0.0
    exposure: float = 0.0
    third_moment: float = 0.0
    slope: float = 0.0
    bend: float = 0.0
    best_score: float = float("-inf")
    best_variance: float = 0.0
    best_exposure: float = 0.0
    single: Scatter = field(default_factory=lambda: Scatter(1))
    windows: Scatter = field(default_factory=lambda: Scatter(WINDOW))
    long: Scatter = field(default_factory=lambda: Scatter(LONG))
    recent: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=LONG))

    def add(
        self,
        score: float,
        variance: float,
        exposure: float,
        *,
        third_moment: float = 0.0,
        slope: float = 0.0,
        bend: float = 0.0,
    ) -> None:
        """Count one minute in which both arms had requests."""
        self.third_moment += third_moment
        self.slope += slope
        self.bend += bend
        self.minutes += 1
        self.score += score
        self.variance += variance
        self.exposure += exposure
        self.single.add(score, exposure)
        self.recent.append((score, variance, exposure))
        latest = [*self.recent]
        window, of_window, exposed = _summed(latest[-WINDOW:])
        if len(latest) >= WINDOW:
            self.windows.add(window, exposed)
        if len(latest) == LONG:
            whole, _, of_whole = _summed(latest)
            self.long.add(whole, of_whole)
        if window > self.best_score:
            self.best_score, self.best_variance, self.best_exposure = window, of_window, exposed

    @property
    def difference(self) -> float:
        """The candidate's rate less the control's, weighted as Mantel and Haenszel do."""
        return self.score / self.exposure if self.exposure else 0.0

    @property
    def expected(self) -> float:
        """How much independent requests would vary about the difference that is left without the worst three minutes.

        At a small share that is by the candidate's own rate: one that fails in each minute is no burst. In the first
        minutes that is not known yet.
        """
        if self.minutes < LASTING:
            return self.variance
        exposure = self.exposure - self.best_exposure
        difference = max(0.0, (self.score - self.best_score) / exposure) if exposure > 0 else 0.0
        return max(self.variance, self.variance + difference * self.slope - difference * difference * self.bend)

    def factor(self, *, slack: float = SLACK) -> float:
        """How many times wider than independent requests the minutes scatter; 1 unless that is plain to see.

        `slack` is how many standard deviations of the estimate are put down to chance. Without any, what goes on for
        longer than a burst is looked for too.
        """
        if self.variance <= 0:
            return 1.0
        long = 1.0 if slack else self._plain(self.long, OVERLAP, slack)
        return max(1.0, long, self._plain(self.single, 1.0, slack), self._plain(self.windows, OVERLAP, slack))

    def _plain(self, scatter: Scatter, overlap: float, slack: float) -> float:
        seen = self.minutes - scatter.length + 1
        if seen < 2 or (self.minutes < 2 * scatter.length and scatter.length > 1):
            return 1.0
        independent = self.minutes / scatter.length
        each = scatter.about(self.difference) / seen / scatter.length * independent / max(independent - 1, 0.5)
        allowed = 1 + slack * sqrt(2 / max((independent - 1) * overlap, 1.0))
        return each / (self.expected / self.minutes) / allowed

    def symmetric(self, *, slack: float = SLACK) -> float:
        """The log evidence that is left if nothing is assumed but that each window could as well be the other arm's.

        For scores that are symmetric about zero, exp(t * sum - t * t * squares / 2) is an e-value for every t.
        """
        if self.score <= 0:
            return 0.0
        scatters = (self.windows,) if slack else (self.windows, self.long)
        return min(self._symmetric(scatter) for scatter in scatters)

    def _symmetric(self, scatter: Scatter) -> float:
        length, passed, squares = scatter.length, 0.0, scatter.squares
        for score, _, _ in islice(reversed(self.recent), length - 1):
            passed += score
            squares += passed * passed
        if squares <= 0:
            return 0.0
        return self.score * self.score * length / (2 * squares) - 0.5 * log(1 + self.minutes / length)

    def deviations(self, factor: float) -> float:
        """The score in standard deviations, less what its lopsidedness explains (Cornish and Fisher)."""
        if self.variance <= 0:
            return 0.0
        plain = self.score / sqrt(factor * self.variance)
        return plain - self.third_moment / (self.variance * sqrt(self.variance)) * (plain * plain - 1) / 6

    def without_best(self, factor: float) -> float:
        """The score in standard deviations when the worst three minutes in a row are left out."""
        variance = factor * (self.variance - self.best_variance)
        rest = self.score - self.best_score
        return rest / sqrt(variance) if variance > 0 else (1.0 if rest > 0 else 0.0)


def _summed(some: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    score = variance = exposure = 0.0
    for one, two, three in some:
        score += one
        variance += two
        exposure += three
    return score, variance, exposure
