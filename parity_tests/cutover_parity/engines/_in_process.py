"""One lane after another, compared in this process; each arm still has a process of its own."""

from collections.abc import Iterable, Iterator

from cutover_parity.engines._protocol import Told
from cutover_parity.replay._lanes import Job, Lane, LaneResult, drive_lane


class InProcess:
    """The engine without workers."""

    def run(self, job: Job, lanes: Iterable[Lane], told: Told) -> Iterator[LaneResult]:
        """Drive lane after lane."""
        for lane in lanes:
            yield drive_lane(job, lane, told)
