"""A lease: one holder at a time, for so many seconds, with a number that grows with each holder.

The holder counts its seconds from before it asked, on a clock that goes on while the machine sleeps, so that it stops
believing no later than the state does. What still slips through is refused by `write(…, lease=lease)`.
"""

import time
from types import TracebackType
from typing import Protocol, Self

from cutover_rollout.state._errors import LeaseLost

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseKeeper(Protocol):
    """The state's side of a lease; `mark` tells one taking of it from every other."""

    @property
    def where(self) -> str:
        """The address, as it may be shown."""

    def renew_lease(self, name: str, *, mark: str, seconds: float) -> bool:
        """Prolong a lease that is held; False when it is not."""

    def release_lease(self, name: str, *, mark: str) -> None:
        """Give it up, if it is held."""


class Lease:
    """A lease that was taken; a `with` block releases it at its end.

    Attributes:
        name: What it is for.
        holder: Who took it, for people to read.
        fence: Greater than that of every holder before.
        seconds: How long it lasts from each renewal.
    """

    def __init__(
        self, keeper: LeaseKeeper, name: str, holder: str, *, fence: int, mark: str, seconds: float, asked: float
    ) -> None:
        self._keeper = keeper
        self.name = name
        self.holder = holder
        self.fence = fence
        self.mark = mark
        self.seconds = seconds
        self._until = asked + seconds

    @property
    def held(self) -> bool:
        """Whether this holder may still believe to hold it, by its own clock."""
        return steady() < self._until

    def renew(self) -> None:
        """Hold it for `seconds` from now on; raises LeaseLost when it ran out before, or is another's."""
        asked = steady()
        if not self._keeper.renew_lease(self.name, mark=self.mark, seconds=self.seconds):
            self._until = asked
            raise LeaseLost(self._keeper.where, self.name, holder=self.holder)
        self._until = asked + self.seconds

    def release(self) -> None:
        """Let others take it at once; nothing happens when it is no longer held."""
        self._until = steady()
        self._keeper.release_lease(self.name, mark=self.mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"Lease({self.name!r}, {self.holder!r}, fence={self.fence}, held={self.held})"


def steady() -> float:
    """Seconds on a clock that only goes forward, also while the machine sleeps."""
    return time.clock_gettime(_CLOCK)
