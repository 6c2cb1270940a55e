"""Notes the timeouts that a route asks for: of asyncio, anyio, threads, futures; a client's go with each request."""

import asyncio
import concurrent.futures
import importlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from cutover_parity.arms._route_log import LOG


def note_timeouts() -> None:
    """Wrap what takes a timeout, before the application is imported."""
    _wrap_coroutine(asyncio, "wait_for", position=1)
    _wrap_coroutine(asyncio, "wait", position=1)
    asyncio.tasks.wait_for = asyncio.wait_for
    _wrap_function(asyncio, "timeout", position=0)
    _wrap_deadline(asyncio, "timeout_at")
    _wrap_function(concurrent.futures.Future, "result", position=1, owner="Future")
    _wrap_function(concurrent.futures, "wait", position=1, owner="futures")
    _wrap_function(concurrent.futures, "as_completed", position=1, owner="futures")
    _wrap_function(threading.Event, "wait", position=1, owner="Event")
    _wrap_function(queue.Queue, "get", position=2, owner="Queue")
    try:
        anyio = importlib.import_module("anyio")
    except ImportError:
        return
    for name in ("fail_after", "move_on_after"):
        _wrap_function(anyio, name, position=0)


def _note(kind: str, position: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    log = LOG.get()
    if log is not None:
        value = args[position] if len(args) > position else kwargs.get("timeout", kwargs.get("delay"))
        log.timeout(kind, value)


def _wrap_coroutine(holder: Any, name: str, *, position: int) -> None:
    original: Callable[..., Any] = getattr(holder, name)

    async def noted(*args: Any, **kwargs: Any) -> Any:
        _note(name, position, args, kwargs)
        return await original(*args, **kwargs)

    setattr(holder, name, noted)


def _wrap_function(holder: Any, name: str, *, position: int, owner: str = "") -> None:
    original: Callable[..., Any] = getattr(holder, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        _note(f"{owner}.{name}" if owner else name, position, args, kwargs)
        return original(*args, **kwargs)

    setattr(holder, name, noted)


def _wrap_deadline(holder: Any, name: str) -> None:
    original: Callable[..., Any] = getattr(holder, name)

    def noted(when: float | None) -> Any:
        log = LOG.get()
        if log is not None and when is not None:
            log.timeout(name, round(when - asyncio.get_running_loop().time(), 6))
        return original(when)

    setattr(holder, name, noted)
