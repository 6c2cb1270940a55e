"""Captures upstream exchanges of every client library, for whichever route is being served in this context.

An exchange outside a route is left alone. Which libraries are seen, and where, is up to `stacks`.
"""

import time
from contextlib import AbstractContextManager
from contextvars import ContextVar

from cutover_parity._messages import Exchange
from cutover_parity.stacks import KEPT, Opened, capturing


class Tape:
    """The exchanges of one route while it is being served, in the order in which they were begun.

    At most `limit` bytes of each body are kept.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._began = time.perf_counter()
        self._opened: list[Opened] = []

    def begin(self, stack: str, client: str) -> Opened:
        """Note that a request is about to leave."""
        at = round((time.perf_counter() - self._began) * 1000, 3)
        opened = Opened(stack=stack, client=client, at=at, limit=self._limit)
        self._opened.append(opened)
        return opened

    @property
    def busy(self) -> bool:
        """Whether an exchange is still going on."""
        return not all(opened.over for opened in self._opened)

    @property
    def size(self) -> int:
        """About how many bytes of memory the exchanges take."""
        return sum(opened.size for opened in self._opened)

    def exchanges(self) -> tuple[Exchange, ...]:
        """Give what was captured so far."""
        return tuple(opened.done() for opened in self._opened)


TAPE: ContextVar[Tape | None] = ContextVar("cutover_tape", default=None)


def captured_upstream() -> AbstractContextManager[None]:
    """Capture the exchanges of routes while this is open."""
    return capturing(_begin)


def _begin(stack: str, client: str) -> Opened | None:
    tape = TAPE.get()
    return None if tape is None else tape.begin(stack, client)
