"""Streams that a chain opened: the chunks as they come, closed with their source, under the chain's deadline."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")
_END: Any = object()


class ChainStream(Generic[T]):
    """An open stream; iterate it, and close it (or use it as a context manager) if you stop early.

    Attributes:
        provider: Who answers.
    """

    def __init__(self, provider: str, source: Any, *, first: bool, check: Callable[[], None]) -> None:
        self.provider = provider
        self._source = source
        self._check = check
        self._chunks: Iterator[T] = iter(source)
        self._held: list[T] = []
        if first:
            self._hold_first()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._held:
            return self._held.pop()
        try:
            self._check()
            return next(self._chunks)
        except StopIteration:
            raise
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the source."""
        close = getattr(self._source, "close", None)
        if callable(close):
            close()

    def _hold_first(self) -> None:
        try:
            first = next(self._chunks, _END)
        except BaseException:
            self.close()
            raise
        if first is not _END:
            self._held.append(first)


class AsyncChainStream(Generic[T]):
    """An open stream for the event loop; see `ChainStream`.

    Attributes:
        provider: Who answers.
    """

    def __init__(self, provider: str, source: Any, *, pull: Callable[[Any, bool], Any]) -> None:
        self.provider = provider
        self._source = source
        self._pull = pull
        self._chunks: AsyncIterator[T] = aiter(source)
        self._held: list[T] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._held:
            return self._held.pop()
        return await self._pulled(first=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def hold_first(self) -> None:
        """Take the first chunk now, to be given first."""
        try:
            self._held.append(await self._pulled(first=True))
        except StopAsyncIteration:
            return

    async def aclose(self) -> None:
        """Close the source."""
        close = getattr(self._source, "aclose", None) or getattr(self._source, "close", None)
        closing = close() if callable(close) else None
        if inspect.isawaitable(closing):
            await closing

    async def _pulled(self, *, first: bool) -> T:
        try:
            chunk: T = await self._pull(self._chunks, first)
        except StopAsyncIteration:
            raise
        except BaseException:
            await self.aclose()
            raise
        return chunk
