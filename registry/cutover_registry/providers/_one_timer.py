"""A limit for each of many waits, with one timer: `asyncio.timeout` around every chunk costs more than reading it.

The timer is set for the first wait and looks, when it fires, whether the wait that is on then is over its own limit.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class OneTimer:
    """Limits waits that come one after the other, in whatever task of the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._due: float | None = None
        self._expired = False

    async def within(self, seconds: float | None, awaited: Awaitable[T]) -> T:
        """Wait so long at most; None: without limit.

        Raises:
            TimeoutError: The limit passed; what was waited for is cancelled.
        """
        task = asyncio.current_task()
        assert task is not None
        self._task, cancelled_before = task, task.cancelling()
        self._due = None if seconds is None else self._loop.time() + seconds
        if self._due is not None and (self._timer is None or self._timer.when() > self._due):
            self._set(self._due)
        try:
            return await awaited
        except asyncio.CancelledError:
            if self._expired and task.cancelling() - 1 <= cancelled_before:
                raise TimeoutError from None
            raise
        finally:
            if self._expired:
                task.uncancel()
            self._task, self._expired = None, False

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, due: float) -> None:
        self.close()
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._task is None or self._due is None:
            return
        if self._loop.time() < self._due:
            self._set(self._due)
        else:
            self._expired = True
            self._task.cancel()
