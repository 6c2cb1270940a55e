"""A sliding window over lanes: some are under way at any time, results are taken in the order of the lanes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from cutover_parity.replay._lanes import Lane

Ticket = TypeVar("Ticket")


def in_order(lanes: Iterable[Lane], start: Callable[[Lane], Ticket], *, width: int) -> Iterator[tuple[Lane, Ticket]]:
    """Start lanes, at most `width` at a time, and give each with its ticket in turn."""
    waiting: deque[tuple[Lane, Ticket]] = deque()
    for lane in lanes:
        waiting.append((lane, start(lane)))
        if len(waiting) >= width:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()
