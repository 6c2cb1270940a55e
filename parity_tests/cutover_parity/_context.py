"""The context of a route follows its work into threads, so that an attempt made there is still known to belong to it.

asyncio.to_thread and anyio copy the context by themselves; loop.run_in_executor, an executor's submit and a bare
thread do not. While `context_carried()` is open they do.
"""

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def context_carried() -> Iterator[None]:
    """Make thread pools and threads run under the context of whoever handed them the work."""
    submit, start = ThreadPoolExecutor.submit, threading.Thread.start

    def carrying_submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

    def carrying_start(self: threading.Thread) -> None:
        run, context = self.run, contextvars.copy_context()
        self.run = lambda: context.run(run)  # type: ignore[method-assign]
        start(self)

    ThreadPoolExecutor.submit = carrying_submit  # type: ignore[method-assign,assignment]
    threading.Thread.start = carrying_start  # type: ignore[method-assign]
    try:
        yield
    finally:
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]
        threading.Thread.start = start  # type: ignore[method-assign]
