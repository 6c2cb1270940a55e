"""Shadow pairs: the same request to both arms. Only pairs in which one arm alone failed say anything (McNemar).

If the arms are alike, such a pair is a fair coin. A minute counts once, for the arm with more of them, and the minute
after it not at all, so that a burst of failures weighs little more than one failure.

Example: ``pairs.add(candidate_only=1, control_only=0, pairs=60)``
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, log

_CHANCES = (0.6, 0.75, 0.9, 0.99)


@dataclass(slots=True)
class Pairs:
    """Minutes in which the candidate alone failed more often, against those in which the control did."""

    alpha: float
    elapsed: int = 0
    pairs: int = 0
    candidate_only: int = 0
    control_only: int = 0
    against: int = 0
    for_it: int = 0
    counted: int = -1
    logs: list[float] = field(default_factory=lambda: [0.0] * len(_CHANCES))
    found: int | None = None

    def add(self, *, candidate_only: int, control_only: int, pairs: int) -> None:
        """Count one minute of pairs."""
        self.elapsed += 1
        self.pairs += pairs
        self.candidate_only += candidate_only
        self.control_only += control_only
        if candidate_only != control_only and self.elapsed - self.counted > 1:
            self._count(candidate_only > control_only)
        if self.found is None and self.log_e >= log(1 / self.alpha):
            self.found = self.elapsed

    def _count(self, worse: bool) -> None:
        self.counted = self.elapsed
        self.against += worse
        self.for_it += not worse
        for place, chance in enumerate(_CHANCES):
            self.logs[place] += log(2 * (chance if worse else 1 - chance))

    @property
    def log_e(self) -> float:
        """The log evidence that the candidate fails where the control does not."""
        most = max(self.logs)
        return most + log(sum(exp(each - most) for each in self.logs) / len(self.logs))

    @property
    def difference(self) -> float:
        """The part of the pairs in which the candidate alone failed, less that of the control."""
        return (self.candidate_only - self.control_only) / self.pairs if self.pairs else 0.0
