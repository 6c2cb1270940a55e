"""A total failure of the candidate: every request fails while the control is well.

At one request in a hundred a rate cannot be estimated, but twenty failures out of twenty need no rate. The claim that
is tested is generous to the arm: that in a burst every third request fails. What has answered before, or serves more
than a few, has to fail for longer than a burst; an arm that has not answered at all since its first minute as a
canary need not, since a burst would have to begin in that very minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from cutover_telemetry.judge._counts import Counts

LEAST_FAILURES = 10
LEAST_MINUTES = 3
CANARY = 0.02
CANARY_MINUTES = 2
CONTROL_WELL = 0.25
_FAILURE = log(3)


@dataclass(slots=True)
class Outage:
    """The run of minutes, up to now, in which no request of the candidate was answered."""

    alpha: float
    elapsed: int = 0
    began: int = 0
    failures: int = 0
    control: tuple[int, int] = (0, 0)
    found: int | None = None

    def add(self, counts: Counts) -> None:
        """Count the errors of one minute."""
        self.elapsed += 1
        failed, requests = counts.candidate
        if failed < requests:
            self.failures, self.control = 0, (0, 0)
            return
        if self.failures == 0:
            self.began, self.control = self.elapsed, (0, 0)
        self.failures += failed
        self.control = (self.control[0] + counts.control[0], self.control[1] + counts.control[1])
        if self.found is None and self._certain():
            self.found = self.elapsed

    @property
    def log_e(self) -> float:
        """The log of the e-value; the run could have begun in any minute, and its stake is the less the later."""
        return self.failures * _FAILURE - log(self.began * (self.began + 1)) if self.failures else 0.0

    def _certain(self) -> bool:
        failed, requests = self.control
        canary = self.began == 1 and self.failures <= CANARY * (self.failures + requests)
        least = CANARY_MINUTES if canary else LEAST_MINUTES
        outlasted = self.elapsed - self.began + 1 >= least and self.failures >= LEAST_FAILURES
        return outlasted and requests > 0 and failed <= CONTROL_WELL * requests and self.log_e >= log(1 / self.alpha)
