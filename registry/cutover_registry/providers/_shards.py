"""Connections in several small pools: with many calls under way one large pool costs more than the calls.

httpx looks through every connection that is idle, and for each of these through all, whenever a request comes or an
answer ends. So a pool is asked for a few calls at once and no more: the first that has a place is taken, so that few
calls share few connections, and pools that nobody has needed for a while are handed out to be closed.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
AT_ONCE = 8
MOST_SHARDS = 32


class Shard(Generic[T]):
    """One pool.

    Attributes:
        transport: What the pool is made with.
        busy: How many calls it carries now.
        used: When it was last taken.
    """

    __slots__ = ("busy", "transport", "used")

    def __init__(self, transport: T) -> None:
        self.transport = transport
        self.busy = 0
        self.used = 0.0


class Place(Generic[T]):
    """What one call holds of a shard, until it is given back."""

    __slots__ = ("_lock", "_shard", "transport")

    def __init__(self, shard: Shard[T], lock: threading.Lock) -> None:
        self.transport = shard.transport
        self._shard: Shard[T] | None = shard
        self._lock = lock

    def give_back(self) -> None:
        """Let another call have the place; only the first time counts, from whichever thread."""
        with self._lock:
            shard, self._shard = self._shard, None
            if shard is not None:
                shard.busy -= 1


class Shards(Generic[T]):
    """The pools of one provider; safe for threads.

    >>> shards = Shards(list)
    >>> places = [shards.take() for _ in range(AT_ONCE + 1)]
    >>> places[0].transport is places[7].transport, places[0].transport is places[8].transport
    (True, False)
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._shards: list[Shard[T]] = []

    def take(self) -> Place[T]:
        """Take a place in the first pool that has one, or in a new one, or where the fewest calls are."""
        with self._lock:
            for shard in self._shards:
                if shard.busy < AT_ONCE:
                    break
            else:
                shard = self._another()
            shard.busy += 1
            shard.used = time.monotonic()
        return Place(shard, self._lock)

    def unneeded(self, seconds: float) -> T | None:
        """Hand out the last pool to be closed, if it was not taken for so long and is not the only one."""
        if len(self._shards) < 2:
            return None
        with self._lock:
            last = self._shards[-1]
            if len(self._shards) < 2 or last.busy or time.monotonic() - last.used < seconds:
                return None
            self._shards.pop()
        return last.transport

    def all(self) -> list[T]:
        """Hand out every pool to be closed; the next call makes new ones."""
        with self._lock:
            shards, self._shards = self._shards, []
        return [shard.transport for shard in shards]

    def _another(self) -> Shard[T]:
        if len(self._shards) >= MOST_SHARDS:
            return min(self._shards, key=lambda shard: shard.busy)
        self._shards.append(Shard(self._make()))
        return self._shards[-1]
