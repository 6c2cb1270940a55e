"""Server-sent events: fresh news whenever there are some, and a beat while there are none.

A stream ends when its reader goes or when the server ends; there are only so many at a time.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from cutover_telemetry._errors import TelemetryError

STEP = 2.0
BEAT = 10.0
MOST = 32
News = tuple[str, object]


class TooManyReaders(TelemetryError):
    """As many pages are live as there may be."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"{most} pages are live already; close one, this one tries again by itself")


class Live:
    """Everybody who looks, and the way to tell them that it is over.

    `step` is the seconds between two looks at the store, `beat` those between two signs of life, `most` the readers
    that are served at a time.
    """

    def __init__(self, *, step: float = STEP, beat: float = BEAT, most: int = MOST) -> None:
        self.step, self.beat, self.most = step, beat, most
        self.readers = 0
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """End every stream; from any thread."""
        if self._loop is None or self._loop.is_closed():
            self._over.set()
        else:
            self._loop.call_soon_threadsafe(self._over.set)

    @contextmanager
    def reader(self) -> Iterator[None]:
        """One more reader, while it lasts; raises TooManyReaders."""
        if self.readers >= self.most:
            raise TooManyReaders(self.most)
        self.readers += 1
        try:
            yield
        finally:
            self.readers -= 1

    async def events(self, news: Callable[[], Awaitable[News | None]]) -> AsyncIterator[str]:
        """A stream of what `news` gives, each an event and its data; None is no news."""
        self._loop = asyncio.get_running_loop()
        silent = 0.0
        while not self._over.is_set():
            told = await news()
            if told is None and silent >= self.beat:
                told = ("beat", None)
            if told is not None:
                yield _event(*told)
                silent = 0.0
            silent += self.step
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self.step)


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
