"""Whether one arm's own rate jumps about from minute to minute more than independent requests would.

Where an arm is restless, a difference between the arms is likelier to be a burst, so chance is given no benefit there:
the estimate of the dispersion is then taken as it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import sqrt

from cutover_telemetry.judge._dispersion import OVERLAP, WINDOW, Scatter

PLAIN = 3.0


@dataclass(slots=True)
class Restless:
    """The windows of one arm: hits and requests."""

    minutes: int = 0
    hits: int = 0
    requests: int = 0
    windows: Scatter = field(default_factory=lambda: Scatter(WINDOW))
    recent: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def add(self, hits: int, requests: int) -> None:
        """Count one minute."""
        self.minutes += 1
        self.hits += hits
        self.requests += requests
        self.recent.append((hits, requests))
        if len(self.recent) == WINDOW:
            self.windows.add(*map(sum, zip(*self.recent, strict=True)))

    def factor(self) -> float:
        """How many times wider than independent requests its windows scatter; 1 where too little was seen."""
        if self.minutes < 2 * WINDOW or not 0 < self.hits < self.requests:
            return 1.0
        rate = self.hits / self.requests
        independent = self.minutes / WINDOW
        each = self.windows.about(rate) / (self.minutes - WINDOW + 1) / WINDOW * independent / (independent - 1)
        return each / (self.requests * rate * (1 - rate) / self.minutes)

    @property
    def plain(self) -> bool:
        """Whether that is more than three standard deviations from what independent requests would do."""
        if self.minutes < 2 * WINDOW:
            return False
        return self.factor() > 1 + PLAIN * sqrt(2 / ((self.minutes / WINDOW - 1) * OVERLAP))
