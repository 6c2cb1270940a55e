"""A hedged route: while the first attempt is silent, a second is made at the next provider; one answer is taken."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from cutover_registry.failover._attempt import CurrentAttempt, under_way
from cutover_registry.failover._clock import Clock
from cutover_registry.failover._hedge import Latencies
from cutover_registry.failover._late import Late
from cutover_registry.failover._policy import Hedge
from cutover_registry.failover._route import Pause, Route

T = TypeVar("T")
_AT_ONCE = 2


class Race:
    """One hedged route; at most two attempts are under way at once, and none is left when it ends."""

    def __init__(self, route: Route, hedge: Hedge, latencies: Latencies, *, clock: Clock) -> None:
        self._route, self._hedge, self._latencies, self._clock = route, hedge, latencies, clock
        self._running: dict[asyncio.Task[object], CurrentAttempt] = {}
        self._resumes: float | None = None
        self._alone = False

    async def run(self, call: Callable[[CurrentAttempt], Awaitable[T]]) -> T:
        """Run it; raises as `Failover.run`."""
        try:
            while True:
                if not self._running:
                    self._start(await self._next(), call)
                done, _ = await asyncio.wait(
                    self._running, timeout=self._silence(), return_when=asyncio.FIRST_COMPLETED
                )
                answered = [task for task in done if not task.cancelled() and task.exception() is None]
                if answered:
                    return await self._taken(answered[0])
                for task in done:
                    self._lost(task)
                if not done:
                    self._hedged(call)
        except asyncio.CancelledError:
            self._route.cancelled()
            raise
        finally:
            await self._end()

    async def _next(self) -> CurrentAttempt:
        if self._resumes is not None:
            await self._clock.sleep_async(max(0.0, self._resumes - self._clock.now()))
            self._resumes = None
        step = self._route.next()
        while isinstance(step, Pause):
            await self._clock.sleep_async(step.seconds)
            step = self._route.next()
        return step

    def _hedged(self, call: Callable[[CurrentAttempt], Awaitable[T]]) -> None:
        self._resumes = None
        step = self._route.beside()
        if step is None:
            self._alone = True
        else:
            self._start(step, call)

    def _start(self, attempt: CurrentAttempt, call: Callable[[CurrentAttempt], Awaitable[T]]) -> None:
        self._running[asyncio.ensure_future(self._attempt(attempt, call))] = attempt

    async def _attempt(self, attempt: CurrentAttempt, call: Callable[[CurrentAttempt], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(attempt.remaining) as limit:
                with under_way(attempt):
                    return await call(attempt)
        except TimeoutError:
            if limit.expired():
                raise Late from None
            raise

    def _silence(self) -> float | None:
        """Seconds until a second attempt is due; None where none is to be made."""
        if len(self._running) >= _AT_ONCE or self._alone or not self._route.has_more:
            return None
        (attempt,) = self._running.values()
        wait = self._latencies.wait_of(attempt.provider, self._hedge)
        if wait is None:
            return None
        return max(0.0, attempt.began + wait - self._clock.now(), (self._resumes or 0.0) - self._clock.now())

    async def _taken(self, task: asyncio.Task[object]) -> T:
        attempt = self._running.pop(task)
        self._note_latency(attempt)
        self._route.answered(attempt)
        return task.result()  # type: ignore[return-value]

    def _lost(self, task: asyncio.Task[object]) -> None:
        attempt = self._running.pop(task)
        self._alone = False
        error = task.exception()
        if not isinstance(error, Exception):
            raise error or asyncio.CancelledError
        late = isinstance(error, Late)
        pause = self._route.overran(attempt) if late else self._route.failed(attempt, error)
        if pause is not None:
            self._resumes = self._clock.now() + pause.seconds

    def _note_latency(self, attempt: CurrentAttempt) -> None:
        self._latencies.note(attempt.provider, self._clock.now() - attempt.began)

    async def _end(self) -> None:
        """Cancel who lost. What it took so far counts as its latency, or a slow provider would seem quick."""
        left, self._running = self._running, {}
        for task, attempt in left.items():
            if task.cancel():
                self._route.gave_up(attempt)
                self._note_latency(attempt)
        for task in left:
            await asyncio.wait([task])
            await _closed(task)


async def _closed(task: asyncio.Task[object]) -> None:
    """Close the answer of a task that ended all the same."""
    if task.cancelled() or task.exception() is not None:
        return
    answer = task.result()
    close = getattr(answer, "aclose", None) or getattr(answer, "close", None)
    with suppress(Exception):
        closing = close() if callable(close) else None
        if inspect.isawaitable(closing):
            await closing
