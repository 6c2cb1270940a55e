"""The loop form: a chain for a hand-written ``for``, which tells the route how each attempt ended.

failover = registry.failover(["near", "far"])
for name in failover:
    try:
        return failover.answered(ask(name))
    except OSError as error:
        if failover.goes_on(error, worth_another):
            continue
        raise
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Self, TypeVar

from cutover_registry.failover._attempt import CURRENT, CurrentAttempt
from cutover_registry.failover._clock import Clock
from cutover_registry.failover._route import Pause, Route

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class FailoverRoute:
    """One route: iterating gives the providers to try, in order; its methods say how the attempt under way ended.

    With the policy LEGACY it is the loop over the list itself. A policy may skip providers, wait before one (in a
    ``for`` within a coroutine nothing waits: there the provider is skipped, or not repeated; ``async for`` waits), or
    give the same provider again. An attempt that is left without a word counts as given up, never as an answer.

    >>> from cutover_registry.failover import Failover
    >>> failover = Failover(["near", "far"]).loop()
    >>> for name in failover:
    ...     if name == "near" and failover.goes_on(TimeoutError("slow"), lambda error: True):
    ...         print("after", name, "comes", failover.following)
    ...         continue
    ...     print(failover.answered(f"{name} answers"))
    ...     break
    after near comes far
    far answers
    """

    __slots__ = ("__weakref__", "_ahead", "_attempt", "_clock", "_noted", "_open", "_outer", "_promised", "_route")

    def __init__(self, route: Callable[[], Route], *, clock: Clock) -> None:
        self._open, self._clock = route, clock
        self._route: Route | None = None
        self._attempt: CurrentAttempt | None = None
        self._ahead: CurrentAttempt | Pause | None = None
        self._outer: CurrentAttempt | None = None
        self._noted: BaseException | None = None
        self._promised = False

    def __iter__(self) -> Self:
        self._opened().waits = not _in_event_loop()
        return self

    def __next__(self) -> str:
        while isinstance(step := self._step(), Pause):
            self._clock.sleep(step.seconds)
        if step is None:
            raise StopIteration
        return step.provider

    def __aiter__(self) -> Self:
        self._opened()
        return self

    async def __anext__(self) -> str:
        while isinstance(step := self._step(), Pause):
            await self._clock.sleep_async(step.seconds)
        if step is None:
            raise StopAsyncIteration
        return step.provider

    @property
    def has_next(self) -> bool:
        """Whether another attempt can follow this one.

        Where it was said and the policy then skips whoever is left, iterating raises the error that was noted.
        """
        there = self._ahead is not None or self._opened().has_more
        self._promised = self._promised or there
        return there

    @property
    def following(self) -> str:
        """The provider that is tried next.

        Raises:
            IndexError: There is none, as with ``chain[index + 1]``.
        """
        if isinstance(self._ahead, CurrentAttempt):
            return self._ahead.provider
        if not self._opened().has_more:
            raise IndexError("list index out of range")
        return self._opened().first_waiting

    def goes_on(self, error: E, decide: Callable[[E], object] | None = None) -> bool:
        """Note a failure, and tell whether the next attempt follows: there is one, and `decide` says so of the error.

        `decide` is not asked where there is none; without it the policy decides.
        """
        route = self._opened()
        if route.is_late():
            route.late()
            self._note(error, goes_on=False)
            return False
        if not route.has_more:
            return self._repeated(error)
        goes_on = route.policy.goes_on_after(error) if decide is None else bool(decide(error))
        self._note(error, goes_on=goes_on)
        if goes_on and self._ahead is None:
            self._ahead = route.advance()
        self._promised = goes_on and self._ahead is not None
        if goes_on and not self._promised:
            route.final()
        return self._promised

    def failed(self, error: BaseException | None = None) -> None:
        """Note a failure after which the loop goes on; without an error it is the one that is being handled."""
        self._note(error or sys.exception() or Exception("no error was given"), goes_on=True)

    def answered(self, value: T = None) -> T:  # type: ignore[assignment]
        """Note that the provider answered; give the value back as it is."""
        attempt = self._left()
        if attempt is not None:
            self._opened().answered(attempt)
        return value

    def __del__(self) -> None:
        route = getattr(self, "_route", None)
        if route is None:
            return
        for attempt in (self._left(), self._ahead):
            if isinstance(attempt, CurrentAttempt):
                route.gave_up(attempt)
        route.cancelled()

    def _opened(self) -> Route:
        if self._route is None:
            self._route = self._open()
        return self._route

    def _step(self) -> CurrentAttempt | Pause | None:
        route = self._opened()
        silent = self._left()
        if silent is not None:
            route.gave_up(silent)
        step, self._ahead = self._ahead or route.advance(), None
        if isinstance(step, Pause):
            return step
        if step is not None:
            self._promised = False
            return self._begun(step)
        route.final()
        if self._promised and self._noted is not None:
            raise self._noted
        return None

    def _begun(self, attempt: CurrentAttempt) -> CurrentAttempt:
        """Nothing tells a loop that it was left by an exception, so the context holds only what a client must know."""
        self._attempt = attempt
        if attempt.limited:
            self._outer = CURRENT.get()
            CURRENT.set(attempt)
        return attempt

    def _left(self) -> CurrentAttempt | None:
        attempt, self._attempt = self._attempt, None
        if attempt is not None and CURRENT.get() is attempt:
            CURRENT.set(self._outer)
        return attempt

    def _repeated(self, error: BaseException) -> bool:
        """Go on after the last provider's failure only where the policy tries that one again."""
        route = self._opened()
        self._note(error, goes_on=route.policy.breaker is None or route.policy.goes_on_after(error))
        self._promised = self._ahead is not None
        if not self._promised:
            route.final()
        return self._promised

    def _note(self, error: BaseException, *, goes_on: bool) -> None:
        attempt = self._left()
        if attempt is not None:
            self._noted = error
            kept = error if isinstance(error, Exception) else RuntimeError(repr(error))
            self._ahead = self._opened().note_failure(attempt, kept, goes_on=goes_on)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
