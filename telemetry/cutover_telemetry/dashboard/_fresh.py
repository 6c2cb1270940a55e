"""Overviews that are as fresh as the store: computed in a thread, once for everybody who asks the same."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from cutover_telemetry.dashboard._asked import Asked
from cutover_telemetry.overview import Overview, Waterfall, overview, waterfall
from cutover_telemetry.store import Store, StoreError

SLIDING = 30.0
PATIENCE = 0.05
LATER = 1.5
MOST = 64
Rollout = Callable[[], Mapping[str, Any] | None]
Stamp = tuple[tuple[int, int, int], ...]
Question = tuple[float | None, float, float, str | None, str | None]


@dataclass(slots=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stamp: Stamp = ()
    at: float = float("-inf")
    shown: Overview | None = None
    rollout: Mapping[str, Any] | None = None


class Overviews:
    """The overviews of one store; an answer is kept until the store or the rollout changes, or its window moved on."""

    def __init__(self, path: Path, rollout: Rollout) -> None:
        self._path = path
        self._store = Store.of(path)
        self._rollout = rollout
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._coming: set[asyncio.Task[None]] = set()

    async def overview(self, asked: Asked) -> Overview:
        """The overview of a question, at most some seconds old; raises StoreError."""
        kept = self._place(asked)
        async with kept.lock:
            stamp, now, rollout = self.stamp(), time.monotonic(), await run_in_threadpool(self._rollout)
            changed = (stamp, rollout) != (kept.stamp, kept.rollout)
            if kept.shown is None or changed or now - kept.at > SLIDING:
                kept.shown = await run_in_threadpool(self._computed, asked, rollout)
                kept.stamp, kept.at, kept.rollout = stamp, now, rollout
            return kept.shown

    async def first(self, asked: Asked) -> Overview:
        """The overview for somebody who waits for a page; raises StoreError.

        Where it takes long, that is what is known before the arms are judged. They are judged once the page is there:
        when its events ask, or a little later without them.
        """
        if self._place(asked).shown is not None:
            return await self.overview(asked)
        begun, rollout = time.monotonic(), await run_in_threadpool(self._rollout)
        known = await run_in_threadpool(self._computed, asked, rollout, judged=False)
        if time.monotonic() - begun < PATIENCE:
            return await self.overview(asked)
        later = asyncio.create_task(self._later(asked))
        self._coming.add(later)
        later.add_done_callback(self._coming.discard)
        return known

    async def _later(self, asked: Asked) -> None:
        await asyncio.sleep(LATER)
        with suppress(StoreError):
            await self.overview(asked)

    async def waterfall(self, route: str) -> Waterfall | None:
        """One route with its attempts; raises StoreError."""
        return await run_in_threadpool(waterfall, self._store, route)

    def stamp(self) -> Stamp:
        """What changes whenever somebody writes into the store."""
        return tuple(map(_stamp, (self._path, self._path.with_name(self._path.name + "-wal"))))

    def _computed(self, asked: Asked, rollout: Mapping[str, Any] | None, *, judged: bool = True) -> Overview:
        return overview(self._store, asked.view(), rollout=rollout, judged=judged)

    def _place(self, asked: Asked) -> _Kept:
        address = asked.address
        question = (asked.length, asked.begin, asked.end, address.provider, address.site)
        kept = self._kept.setdefault(question, _Kept())
        self._kept.move_to_end(question)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return kept


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
