"""The chain: providers in order, one call for each until one answers.

chain = Failover(["near", "fireworks", "openrouter"])
answer = chain.run(lambda name: registry.get(name).make_request(messages, model))
stream = await chain.stream_async(lambda name: registry.get(name).make_request_stream_async(messages, model))
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from typing import Any, TypeVar

from cutover_registry.failover._attempt import CurrentAttempt, under_way
from cutover_registry.failover._clock import REAL, Clock
from cutover_registry.failover._cooldown import Cooldowns
from cutover_registry.failover._hedge import Latencies
from cutover_registry.failover._late import Late, called_within
from cutover_registry.failover._loop import FailoverRoute
from cutover_registry.failover._policy import LEGACY, Policy
from cutover_registry.failover._race import Race
from cutover_registry.failover._route import Pause, Route
from cutover_registry.failover._stream import AsyncChainStream, ChainStream, Watch
from cutover_registry.failover.errors import InvalidPolicy

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
        other = copy(self)
        other.chain = tuple(chain)
        return other

    def loop(self) -> FailoverRoute:
        """Give one route as what a hand-written ``for`` goes over."""
        return FailoverRoute(self._route, clock=self._clock)

    def run(self, call: Callable[[str], T]) -> T:
        """Call with one provider's name after the other until one answers; return what it gives.

        Raises:
            DeadlineExceeded: When the policy's deadline passed.
            NoProviderLeft: When every provider was skipped.
            Exception: What the policy says of the attempts' errors.
        """
        return self._run(self._plain_route(), lambda attempt: called_within(attempt, call))

    async def run_async(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Do the same in the event loop; raises as `run`."""
        return await self._asked(self._route(), lambda attempt: call(attempt.provider))

    def stream(self, call: Callable[[str], Iterable[T]]) -> ChainStream[T]:
        """Open a stream; with `until_first_chunk` its first chunk has come when this returns. Raises as `run`."""
        route, first = self._plain_route(), self.policy.until_first_chunk

        def opened(attempt: CurrentAttempt) -> ChainStream[T]:
            watch = Watch(route, attempt)
            stream: ChainStream[T] = called_within(
                attempt, lambda name: ChainStream(name, call(name), first=first, watch=watch)
            )
            watch.opened()
            return stream

        return self._run(route, opened)

    async def stream_async(self, call: Callable[[str], Any]) -> AsyncChainStream[Any]:
        """Open a stream in the event loop; `call` gives an async iterator, or an awaitable of one. Raises as `run`."""
        route = self._route()

        async def opened(attempt: CurrentAttempt) -> AsyncChainStream[Any]:
            source = call(attempt.provider)
            source = await source if inspect.isawaitable(source) else source
            watch = Watch(route, attempt)
            stream: AsyncChainStream[Any] = AsyncChainStream(attempt.provider, source, watch=watch)
            if self.policy.until_first_chunk:
                await stream.hold_first()
            watch.opened()
            return stream

        return await self._asked(route, opened)

    def _route(self) -> Route:
        return Route(self.chain, self.policy, clock=self._clock, cooldowns=self._cooldowns)

    def _plain_route(self) -> Route:
        if self.policy.hedge is not None:
            raise InvalidPolicy("hedge", "is for asynchronous calls; use run_async or stream_async, or leave it out")
        return self._route()

    async def _asked(self, route: Route, made: Callable[[CurrentAttempt], Awaitable[T]]) -> T:
        if self.policy.hedge is None:
            return await self._run_async(route, made)
        return await Race(route, self.policy.hedge, self._latencies, clock=self._clock).run(made)

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
