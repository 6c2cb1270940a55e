"""Streams that a chain opened: the chunks as they come, closed with their source, under the limits of their attempt."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, Self, TypeVar

from cutover_registry.failover._attempt import CurrentAttempt
from cutover_registry.failover._clock import least
from cutover_registry.failover._route import Route

T = TypeVar("T")
_END: Any = object()


class Watch:
    """What a stream keeps to once it is open: its attempt's time and phases, and whom to tell when it breaks."""

    __slots__ = ("_attempt", "_began", "_opened", "_route")

    def __init__(self, route: Route, attempt: CurrentAttempt) -> None:
        self._route, self._attempt = route, attempt
        self._began = False
        self._opened = False

    def opened(self) -> None:
        """Take that the attempt has answered: an error from now on is the stream's own."""
        self._opened = True

    def began(self) -> None:
        """Take that a chunk came."""
        self._began = True

    def left(self) -> float | None:
        """Give the seconds for the next chunk; None: without limit."""
        phases = self._attempt.phases
        return least(phases.between_chunks if self._began else phases.first_chunk, self._attempt.remaining)

    def check(self) -> None:
        """Raise where no time is left at all."""
        if self._attempt.remaining == 0:
            raise self.over(None)

    def over(self, error: BaseException | None) -> BaseException:
        """Give what is raised for a time-out: the chain's own error if its deadline passed; None: it was our limit."""
        if self._opened and self._route.is_late():
            return self._route.late()
        which = "next" if self._began else "first"
        return error or TimeoutError(f"{self._attempt.provider} gave no {which} chunk within its time")

    def broke(self, error: BaseException) -> None:
        """Take that the stream ended with an error."""
        if self._opened:
            self._route.broke(self._attempt, error)


class ChainStream(Generic[T]):
    """An open stream; iterate it, and close it (or use it as a context manager) if you stop early.

    A chain cannot interrupt a synchronous source that waits for a chunk: its limits are looked at between chunks. The
    clients of `cutover_registry.providers` keep to them while they wait too.

    Attributes:
        provider: Who answers.
    """

    def __init__(self, provider: str, source: Any, *, first: bool, watch: Watch) -> None:
        self.provider = provider
        self._source = source
        self._watch = watch
        self._chunks: Iterator[T] = iter(source)
        self._held: list[T] = []
        if first:
            held = next(self, _END)
            if held is not _END:
                self._held.append(held)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._held:
            return self._held.pop()
        try:
            self._watch.check()
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except BaseException as error:
            self.close()
            self._watch.broke(error)
            if isinstance(error, TimeoutError) and (over := self._watch.over(error)) is not error:
                raise over from error
            raise
        self._watch.began()
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the source."""
        close = getattr(self._source, "close", None)
        if callable(close):
            close()


class AsyncChainStream(Generic[T]):
    """An open stream for the event loop; see `ChainStream`. Here the limits hold while it waits, whatever the source.

    Attributes:
        provider: Who answers.
    """

    def __init__(self, provider: str, source: Any, *, watch: Watch) -> None:
        self.provider = provider
        self._source = source
        self._watch = watch
        self._chunks: AsyncIterator[T] = aiter(source)
        self._held: list[T] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._held:
            return self._held.pop()
        left = self._watch.left()
        limit = None if left is None else asyncio.timeout(left)
        try:
            chunk: T
            if limit is None:
                chunk = await anext(self._chunks)
            else:
                async with limit:
                    chunk = await anext(self._chunks)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            await self.aclose()
            self._watch.broke(error)
            ours = limit is not None and limit.expired()
            if isinstance(error, TimeoutError) and (over := self._watch.over(None if ours else error)) is not error:
                raise over from error
            raise
        self._watch.began()
        return chunk

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def hold_first(self) -> None:
        """Take the first chunk now, to be given first."""
        held = await anext(self, _END)
        if held is not _END:
            self._held.append(held)

    async def aclose(self) -> None:
        """Close the source."""
        close = getattr(self._source, "aclose", None) or getattr(self._source, "close", None)
        closing = close() if callable(close) else None
        if inspect.isawaitable(closing):
            await closing
