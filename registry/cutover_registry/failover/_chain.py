"""The chain: providers in order, one call for each until one answers.

chain = Failover(["near", "fireworks", "openrouter"])
answer = chain.run(lambda name: registry.get(name).make_request(messages, model))
stream = await chain.stream_async(lambda name: registry.get(name).make_request_stream_async(messages, model))
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from cutover_registry.failover._attempt import CurrentAttempt, under_way
from cutover_registry.failover._clock import REAL, Clock, least
from cutover_registry.failover._cooldown import Cooldowns
from cutover_registry.failover._hedge import Latencies
from cutover_registry.failover._late import Late, called_within
from cutover_registry.failover._policy import LEGACY, Policy
from cutover_registry.failover._race import Race
from cutover_registry.failover._route import Pause, Route
from cutover_registry.failover._stream import AsyncChainStream, ChainStream
from cutover_registry.failover.errors import DeadlineExceeded, InvalidPolicy

T = TypeVar("T")


class Failover:
    """An ordered chain of providers; one object serves any number of routes at once.

    With the default policy it does what a hand-written loop does: the next provider after a failing status, the last
    error when all have failed, no limit of its own. Cancelling a call cancels its attempt.

    Args:
        chain: The providers' names, in order.
        policy: What else it does.
        clock: Where its seconds come from.

    >>> def ask(name):
    ...     if name == "near":
    ...         raise ConnectionRefusedError(name)
    ...     return f"{name} answers"
    >>> Failover(["near", "far"]).run(ask)
    'far answers'
    """

    def __init__(self, chain: Iterable[str], *, policy: Policy = LEGACY, clock: Clock = REAL) -> None:
        self.chain = tuple(chain)
        self.policy = policy
        self._clock = clock
        self._cooldowns = Cooldowns(clock)
        self._latencies = Latencies()

    def over(self, chain: Iterable[str]) -> "Failover":
        """Give a chain of other providers that shares this one's policy, cooldowns and latencies."""
        other = Failover(chain, policy=self.policy, clock=self._clock)
        other._cooldowns, other._latencies = self._cooldowns, self._latencies
        return other

    def run(self, call: Callable[[str], T]) -> T:
        """Call with one provider's name after the other until one answers; return what it gives.

        Raises:
            DeadlineExceeded: When the policy's deadline passed.
            NoProviderLeft: When every provider was skipped.
            Exception: What the policy says of the attempts' errors.
        """
        if self.policy.hedge is not None:
            raise InvalidPolicy("hedge", "is for asynchronous calls; use run_async, or leave it out")
        return self._run(self._route(), lambda attempt: called_within(attempt, call))

    async def run_async(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Do the same in the event loop; raises as `run`."""
        route = self._route()
        if self.policy.hedge is None:
            return await self._run_async(route, lambda attempt: call(attempt.provider))
        return await Race(route, self.policy.hedge, self._latencies, clock=self._clock).run(call)

    def stream(self, call: Callable[[str], Iterable[T]]) -> ChainStream[T]:
        """Open a stream; with `until_first_chunk` its first chunk has come when this returns. Raises as `run`."""
        due, first = self._due(), self.policy.until_first_chunk

        def opened(name: str) -> ChainStream[T]:
            return ChainStream(name, call(name), first=first, check=lambda: self._check(due, name))

        return self.run(opened)

    async def stream_async(self, call: Callable[[str], Any]) -> AsyncChainStream[Any]:
        """Open a stream in the event loop; `call` gives an async iterator, or an awaitable of one. Raises as `run`."""
        due, phases = self._due(), self.policy.phase_timeouts

        async def pull(chunks: Any, first: bool) -> Any:
            own = None if phases is None else phases.first_chunk if first else phases.between_chunks
            left = None if due is None else max(0.0, due - self._clock.now())
            within = least(own, left)
            if within is None:
                return await anext(chunks)
            try:
                async with asyncio.timeout(within) as limit:
                    return await anext(chunks)
            except TimeoutError:
                if limit.expired() and left is not None and within == left:
                    raise self._late(self.chain) from None
                raise

        async def opened(name: str) -> AsyncChainStream[Any]:
            source = call(name)
            source = await source if inspect.isawaitable(source) else source
            stream: AsyncChainStream[Any] = AsyncChainStream(name, source, pull=pull)
            if self.policy.until_first_chunk:
                await stream.hold_first()
            return stream

        return await self.run_async(opened)

    def _route(self) -> Route:
        return Route(self.chain, self.policy, clock=self._clock, cooldowns=self._cooldowns)

    def _run(self, route: Route, made: Callable[[CurrentAttempt], T]) -> T:
        while True:
            step: CurrentAttempt | Pause | None = route.next()
            if isinstance(step, CurrentAttempt):
                attempt = step
                try:
                    with under_way(attempt):
                        answer = made(attempt)
                except Late:
                    step = route.overran(attempt)
                except Exception as error:  # noqa: BLE001  the policy decides
                    step = route.failed(attempt, error)
                except BaseException:
                    route.gave_up(attempt)
                    route.cancelled()
                    raise
                else:
                    route.answered(attempt)
                    return answer
            if step is not None:
                self._clock.sleep(step.seconds)

    async def _run_async(self, route: Route, made: Callable[[CurrentAttempt], Awaitable[T]]) -> T:
        while True:
            step: CurrentAttempt | Pause | None = route.next()
            if isinstance(step, CurrentAttempt):
                attempt = step
                try:
                    async with asyncio.timeout(attempt.remaining) as limit:
                        with under_way(attempt):
                            answer = await made(attempt)
                except Exception as error:  # noqa: BLE001  the policy decides
                    late = isinstance(error, TimeoutError) and limit.expired()
                    step = route.overran(attempt) if late else route.failed(attempt, error)
                except BaseException:
                    route.gave_up(attempt)
                    route.cancelled()
                    raise
                else:
                    route.answered(attempt)
                    return answer
            if step is not None:
                await self._clock.sleep_async(step.seconds)

    def _due(self) -> float | None:
        return None if self.policy.deadline is None else self._clock.now() + self.policy.deadline

    def _check(self, due: float | None, name: str) -> None:
        if due is not None and self._clock.now() >= due:
            raise self._late((name,))

    def _late(self, tried: Iterable[str]) -> DeadlineExceeded:
        return DeadlineExceeded(self.policy.deadline or 0.0, tuple(tried))
