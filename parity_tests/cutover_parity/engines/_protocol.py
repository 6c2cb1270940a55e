"""What an engine has to do: run lanes, and give their results in the order of the lanes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeAlias

from cutover_parity.replay._lanes import Job, Lane, LaneResult

Told: TypeAlias = Callable[[int], None]


class Engine(Protocol):
    """Runs the lanes of a job.

    `run` takes lanes as it needs them (never all at once), gives one result for each lane, in the order of the lanes,
    and calls `told` with the number of cases that were done since the last call.
    """

    def run(self, job: Job, lanes: Iterable[Lane], told: Told) -> Iterator[LaneResult]:
        """Give the results."""
        ...
