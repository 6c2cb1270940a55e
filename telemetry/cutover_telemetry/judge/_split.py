"""Whether each arm gets the requests that it was to get.

If not, something chooses among the requests, and no rate of an arm means much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, expm1, log, log1p, sqrt

TILTS = (0.03, 0.1, 0.3, 1.0, -0.03, -0.1, -0.3, -1.0)
CERTAIN = log(1000)
PLAIN = 0.1
SLACK = 1.0


@dataclass(slots=True)
class Split:
    """Requests of the candidate against its share, minute by minute."""

    minutes: int = 0
    candidate: int = 0
    expected: float = 0.0
    variance: float = 0.0
    squares: float = 0.0
    products: float = 0.0
    exposures: float = 0.0
    logs: list[float] = field(default_factory=lambda: [0.0] * len(TILTS))

    def add(self, candidate: int, total: int, *, share: float) -> None:
        """Count one minute in which the candidate was to have this share."""
        if not 0 < share < 1 or total == 0:
            return
        expected, variance = total * share, total * share * (1 - share)
        over = candidate - expected
        self.minutes += 1
        self.candidate += candidate
        self.expected += expected
        self.variance += variance
        self.squares += over * over
        self.products += over * expected
        self.exposures += expected * expected
        for place, tilt in enumerate(TILTS):
            self.logs[place] += tilt * candidate - total * log1p(share * expm1(tilt))

    @property
    def off(self) -> float:
        """By what part the candidate got more (or less, negative) than its share."""
        return self.candidate / self.expected - 1 if self.expected else 0.0

    @property
    def log_e(self) -> float:
        """The log evidence that the split is not the one that was set."""
        worth = [each / self._factor() for each in self.logs]
        most = max(worth)
        return most + log(sum(exp(each - most) for each in worth) / len(worth))

    @property
    def mismatch(self) -> bool:
        """Whether the split is certainly, and by a tenth or more, another than the one that was set."""
        return self.log_e >= CERTAIN and abs(self.off) >= PLAIN

    def _factor(self) -> float:
        if self.minutes < 3:
            return 1.0
        left = self.squares - 2 * self.off * self.products + self.off * self.off * self.exposures
        each = left / self.variance * self.minutes / (self.minutes - 1)
        return max(1.0, each / (1 + SLACK * sqrt(2 / (self.minutes - 1))))
