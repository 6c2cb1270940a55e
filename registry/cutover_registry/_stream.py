"""Follow a stream to its end: exhausted, failed, closed early, cancelled or dropped.

A stream is any object with `__iter__` and `__next__`, or with `__aiter__`: generators, async generators, and the
stream classes of client libraries. Its stand-in has the special methods that the stream's own class has, no more.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from inspect import isawaitable
from io import IOBase

from cutover_registry._guise import Guise, unguised
from cutover_registry._open_attempt import OpenAttempt
from cutover_registry._typing import Any

STEPS = ("send", "throw")
ASYNC_STEPS = ("asend", "athrow")
CLOSINGS = ("close", "aclose")


def is_stream(value: object) -> bool:
    """Tell whether a value is handed out in steps (a list is all there; a file or a raw response is read otherwise).

    >>> is_stream(iter([])), is_stream([]), is_stream("text"), is_stream({})
    (True, False, False, False)
    """
    kind = type(value)
    if issubclass(kind, IOBase):
        return False
    return hasattr(kind, "__aiter__") or (hasattr(kind, "__iter__") and hasattr(kind, "__next__"))


def observed_stream(stream: Any, attempt: OpenAttempt) -> Any:
    """Return a stand-in for `stream` that tells `attempt` of chunks and of the end."""
    attempt.streams()
    present = tuple(name for name in _SPECIAL if hasattr(type(stream), name))
    return _stream_class(present)(stream, attempt)


class _Stream(Guise):
    __slots__ = ("_own_attempt",)

    def __init__(self, original: Any, attempt: OpenAttempt) -> None:
        super().__init__(original)
        object.__setattr__(self, "_own_attempt", attempt)

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._original, attribute)
        if attribute in STEPS:
            return lambda *args: self._own_step(found, *args)
        if attribute in ASYNC_STEPS:
            return lambda *args: self._own_async_step(found, *args)
        return self._own_closing(found) if attribute in CLOSINGS else found

    def _own_step(self, step: Callable[..., Any], *args: Any) -> Any:
        try:
            chunk = step(*args)
        except StopIteration:
            self._own_attempt.end()
            raise
        except BaseException as error:
            self._own_attempt.end(error)
            raise
        self._own_attempt.chunk(chunk)
        return chunk

    async def _own_async_step(self, step: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        try:
            chunk = await step(*args)
        except StopAsyncIteration:
            self._own_attempt.end()
            raise
        except BaseException as error:
            self._own_attempt.end(error)
            raise
        self._own_attempt.chunk(chunk)
        return chunk

    def _own_closing(self, close: Callable[..., Any]) -> Callable[..., Any]:
        def closing(*args: Any, **kwargs: Any) -> Any:
            try:
                closed = close(*args, **kwargs)
            except BaseException as error:
                self._own_attempt.end(error, dropped=True)
                raise
            if isawaitable(closed):
                return self._own_wait_closed(closed)
            self._own_attempt.end(dropped=True)
            return closed

        return closing

    async def _own_wait_closed(self, closed: Awaitable[Any]) -> Any:
        try:
            return await closed
        finally:
            self._own_attempt.end(dropped=True)

    def _own_iterator(self, iterator: Any) -> Any:
        return self if iterator is self._original else observed_stream(iterator, self._own_attempt)


def _iter(self: _Stream) -> Iterator[Any]:
    return self._own_iterator(iter(self._original))  # type: ignore[no-any-return]


def _next(self: _Stream) -> Any:
    return self._own_step(self._original.__next__)


def _aiter(self: _Stream) -> Any:
    return self._own_iterator(self._original.__aiter__())


def _anext(self: _Stream) -> Awaitable[Any]:
    return self._own_async_step(self._original.__anext__)


def _enter(self: _Stream) -> Any:
    entered = self._original.__enter__()
    return self if entered is self._original else entered


def _exit(self: _Stream, *raised: Any) -> Any:
    return self._own_closing(self._original.__exit__)(*raised)


async def _aenter(self: _Stream) -> Any:
    entered = await self._original.__aenter__()
    return self if entered is self._original else entered


def _aexit(self: _Stream, *raised: Any) -> Any:
    return self._own_closing(self._original.__aexit__)(*raised)


def _await(self: _Stream) -> Any:
    return self._original.__await__()


def _forward(name: str) -> Callable[..., Any]:
    def forward(self: _Stream, *args: Any) -> Any:
        return getattr(unguised(self), name)(*args)

    return forward


_SPECIAL: dict[str, Callable[..., Any]] = {
    "__iter__": _iter,
    "__next__": _next,
    "__aiter__": _aiter,
    "__anext__": _anext,
    "__enter__": _enter,
    "__exit__": _exit,
    "__aenter__": _aenter,
    "__aexit__": _aexit,
    "__await__": _await,
} | {name: _forward(name) for name in ("__len__", "__getitem__", "__contains__", "__call__", "__str__")}


@lru_cache(maxsize=64)
def _stream_class(present: tuple[str, ...]) -> Callable[[Any, OpenAttempt], Any]:
    methods = {name: _SPECIAL[name] for name in present}
    return type("ObservedStream", (_Stream,), {"__slots__": (), **methods})
