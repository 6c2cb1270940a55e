"""The latest records, in memory: the sink that is always there.

There is no lock: a stream that the garbage collector drops ends its attempt in whichever thread, and in the middle of
whatever code, the collector runs. Appending to a deque is one step, and a copy that an append fell into is made again.
"""

from collections import deque
from typing import TypeVar

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord

RING_SIZE = 20_000

T = TypeVar("T")


class Ring:
    """The latest routes, the latest attempts that belong to no open route, the latest changes of circuits.

    The oldest are forgotten first.
    """

    def __init__(self, size: int = RING_SIZE) -> None:
        self._routes: deque[RouteRecord] = deque(maxlen=size)
        self._lone: deque[AttemptRecord] = deque(maxlen=size)
        self._breakers: deque[BreakerRecord] = deque(maxlen=size)

    def route(self, record: RouteRecord) -> None:
        """Keep this route with its attempts."""
        self._routes.append(record)

    def attempt(self, record: AttemptRecord) -> None:
        """Keep this attempt that no route keeps."""
        self._lone.append(record)

    def breaker(self, record: BreakerRecord) -> None:
        """Keep this change of a circuit."""
        self._breakers.append(record)

    def routes(self) -> tuple[RouteRecord, ...]:
        """The routes in the order in which they ended."""
        return copied(self._routes)

    def attempts(self) -> tuple[AttemptRecord, ...]:
        """All attempts, those of the routes first."""
        routes, lone = copied(self._routes), copied(self._lone)
        return (*(attempt for route in routes for attempt in route.attempts), *lone)

    def breakers(self) -> tuple[BreakerRecord, ...]:
        """The changes of circuits in the order in which they came."""
        return copied(self._breakers)


def copied(kept: deque[T]) -> tuple[T, ...]:
    """All that is in a deque, which others go on appending to."""
    while True:
        try:
            return tuple(kept)
        except RuntimeError:
            continue
