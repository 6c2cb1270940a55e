"""Counts provider calls where they are made, and how they end: wrappers that are in place before the gateway is loaded.

It shares nothing with telemetry. A call of a client's function is one attempt, whether a request comes of it or not; a
stream is over when its iterator is.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from types import GeneratorType, ModuleType
from typing import Any

LEFT = "left"
CALLS = "make_"
ANCHOR = time.time_ns() - time.perf_counter_ns()


class Call:
    """One call; times are nanoseconds since the epoch, `end` is None while it runs."""

    def __init__(self, provider: str, function: str, model: str) -> None:
        self.provider, self.function, self.model = provider, function, model
        self.begin = now()
        self.end: int | None = None
        self.error: str | None = None
        self.chunks: int | None = None

    def ended(self, error: BaseException | None) -> None:
        """Note how it ended."""
        self.end = now()
        self.error = None if error is None else named(error)

    def follow(self, stream: Generator[Any, None, None]) -> Iterator[Any]:
        """The stream, counted to its end."""
        self.chunks = 0
        try:
            for chunk in stream:
                self.chunks += 1
                yield chunk
        except BaseException as error:
            self.ended(error)
            stream.close()
            raise
        self.ended(None)

    async def follow_async(self, stream: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        """The asynchronous stream, counted to its end."""
        self.chunks = 0
        try:
            async for chunk in stream:
                self.chunks += 1
                yield chunk
        except BaseException as error:
            self.ended(error)
            await stream.aclose()
            raise
        self.ended(None)


def named(error: BaseException) -> str:
    """A status, or a class; what ends a call from outside is `left`."""
    if not isinstance(error, Exception):
        return LEFT
    response = getattr(error, "response", None)
    if response is not None:
        return str(response.status_code)
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def now() -> int:
    """Nanoseconds since the epoch, of a clock that never runs backwards."""
    return ANCHOR + time.perf_counter_ns()


class Seam:
    """All calls of this process."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def lay(self, package: str) -> None:
        """Wrap the calling functions of every provider client of a package."""
        found = importlib.import_module(package)
        for each in pkgutil.iter_modules(found.__path__):
            if each.name.endswith("_client"):
                self._lay(importlib.import_module(f"{package}.{each.name}"))

    def _lay(self, module: ModuleType) -> None:
        for name, function in list(vars(module).items()):
            if name.startswith(CALLS) and inspect.isfunction(function):
                setattr(module, name, self._counted(module.PROVIDER, function))

    def _counted(self, provider: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def begun(model: str) -> Call:
            call = Call(provider, function.__name__, model)
            self.calls.append(call)
            return call

        @functools.wraps(function)
        def counted(messages: Any, model: str, *rest: Any, **named: Any) -> Any:
            call = begun(model)
            try:
                answer = function(messages, model, *rest, **named)
            except BaseException as error:
                call.ended(error)
                raise
            if isinstance(answer, GeneratorType):
                return call.follow(answer)
            call.ended(None)
            return answer

        @functools.wraps(function)
        async def counted_async(messages: Any, model: str, *rest: Any, **named: Any) -> Any:
            call = begun(model)
            try:
                return call.follow_async(await function(messages, model, *rest, **named))
            except BaseException as error:
                call.ended(error)
                raise

        return counted_async if inspect.iscoroutinefunction(function) else counted
