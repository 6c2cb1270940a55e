"""A hedged route: while the first attempt is silent, a second is made at the next provider; one answer is taken."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cutover_registry.failover._attempt import CurrentAttempt, under_way
from cutover_registry.failover._clock import Clock
from cutover_registry.failover._hedge import Latencies
from cutover_registry.failover._policy import Hedge
from cutover_registry.failover._route import Pause, Route

T = TypeVar("T")
_AT_ONCE = 2


class Race:
    """One hedged route; at most two attempts are under way at once, and none is left when it ends."""

    def __init__(self, route: Route, hedge: Hedge, latencies: Latencies, *, clock: Clock) -> None:
        self._route, self._hedge, self._latencies, self._clock = route, hedge, latencies, clock
        self._running: dict[asyncio.Task[object], tuple[CurrentAttempt, float]] = {}

    async def run(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Run it; raises as `Failover.run`."""
        try:
            while True:
                if not self._running:
                    self._start(await self._next(), call)
                done, _ = await asyncio.wait(
                    self._running, timeout=self._silence(), return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    if task.exception() is None:
                        return task.result()  # type: ignore[return-value]
                    await self._lost(task)
                if not done:
                    self._hedged(call)
        except asyncio.CancelledError:
            self._route.cancelled()
            raise
        finally:
            await self._end()

    async def _next(self) -> CurrentAttempt:
        step = self._route.next()
        while isinstance(step, Pause):
            await self._clock.sleep_async(step.seconds)
            step = self._route.next()
        return step

    def _hedged(self, call: Callable[[str], Awaitable[T]]) -> None:
        step = self._route.advance()
        if isinstance(step, CurrentAttempt):
            self._start(step, call)

    def _start(self, attempt: CurrentAttempt, call: Callable[[str], Awaitable[T]]) -> None:
        began = self._clock.now()
        self._running[asyncio.ensure_future(self._attempt(attempt, call, began))] = attempt, began

    async def _attempt(self, attempt: CurrentAttempt, call: Callable[[str], Awaitable[T]], began: float) -> T:
        with under_way(attempt):
            async with asyncio.timeout(attempt.remaining):
                answer = await call(attempt.provider)
        self._latencies.note(attempt.provider, self._clock.now() - began)
        self._route.answered(attempt)
        return answer

    def _silence(self) -> float | None:
        """Seconds until a second attempt is due; None where none is to be made."""
        if len(self._running) >= _AT_ONCE or not self._route.has_more:
            return None
        ((attempt, began),) = self._running.values()
        wait = self._latencies.wait_of(attempt.provider, self._hedge)
        return None if wait is None else max(0.0, began + wait - self._clock.now())

    async def _lost(self, task: asyncio.Task[object]) -> None:
        attempt, _ = self._running.pop(task)
        error = task.exception()
        if not isinstance(error, Exception):
            raise error or asyncio.CancelledError
        pause = self._route.failed(attempt, error)
        if pause is not None:
            await self._clock.sleep_async(pause.seconds)

    async def _end(self) -> None:
        left, self._running = self._running, {}
        for task, (attempt, _) in left.items():
            if task.cancel():
                self._route.gave_up(attempt)
        if left:
            await asyncio.gather(*left, return_exceptions=True)
