"""The context of a route follows its work into threads, so that an attempt made there is still known to belong to it.

asyncio.to_thread and anyio copy the context by themselves; loop.run_in_executor, an executor's submit and a bare
thread do not. While `context_carried()` is open they do. The recorder carries its own variables alone, since what else
an application finds in the context of its threads must not change while it is recorded.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

Work: TypeAlias = Callable[..., Any]


@contextmanager
def context_carried(*only: ContextVar[Any]) -> Iterator[None]:
    """Make thread pools and threads run under the context of whoever handed them the work, or `only` some of it."""
    submit, start = ThreadPoolExecutor.submit, threading.Thread.start

    def carrying_submit(self: ThreadPoolExecutor, fn: Work, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return submit(self, _carried(fn, only), *args, **kwargs)

    def carrying_start(self: threading.Thread) -> None:
        if not only or any(variable.get(None) is not None for variable in only):
            self.run = _once(self, _carried(self.run, only))  # type: ignore[method-assign]
        start(self)

    ThreadPoolExecutor.submit = carrying_submit  # type: ignore[method-assign,assignment]
    threading.Thread.start = carrying_start  # type: ignore[method-assign]
    try:
        yield
    finally:
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]
        threading.Thread.start = start  # type: ignore[method-assign]


def _carried(work: Work, only: tuple[ContextVar[Any], ...]) -> Work:
    if not only:
        context = contextvars.copy_context()
        return lambda *args, **kwargs: context.run(work, *args, **kwargs)
    held = [(variable, variable.get(None)) for variable in only]

    def run(*args: Any, **kwargs: Any) -> Any:
        tokens = [variable.set(value) for variable, value in held]
        try:
            return work(*args, **kwargs)
        finally:
            for (variable, _), token in zip(held, tokens, strict=True):
                variable.reset(token)

    return run


def _once(thread: threading.Thread, run: Work) -> Work:
    """Let go of the context when the thread begins, since thread objects may be kept for long."""

    def begin() -> None:
        del thread.run
        run()

    return begin
