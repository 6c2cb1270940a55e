"""The network below an httpx pool: reads limited by the call that they serve, and fewer looks at idle connections.

The library fixes the limit of each read when a request begins, so that headers or a body that trickle are waited for
without end. And its pool asks the system at each call whether any of the idle connections was closed, which in a small
pool still costs a tenth of the call; here one that was found open some time after its use is asked about again only
ten milliseconds later. The pool takes a network of one's own, but the transport has no argument for one: it is put in
place, and where a release has no such place the library's own ways are all there is.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SHORTEST = 0.001
_YOUNG = 0.05
_LOOK_AGAIN_AFTER = 0.01


class _Sending(threading.local):
    due: float | None = None


_SENDING = _Sending()


@contextmanager
def headers_within(seconds: float | None) -> Iterator[None]:
    """Limit what this thread reads in here, all reads together."""
    _SENDING.due = None if seconds is None else time.monotonic() + seconds
    try:
        yield
    finally:
        _SENDING.due = None


def put_below(transport: Any) -> None:
    """Put this network below the pool of a transport, synchronous or not."""
    pool = getattr(transport, "_pool", None)
    if pool is not None and hasattr(pool, "_network_backend"):
        asynchronous = hasattr(pool, "handle_async_request")
        pool._network_backend = (_AsyncNetwork if asynchronous else _Network)(pool._network_backend)


class _Delegating:
    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class _Looked(_Delegating):
    """A connection that remembers for a moment whether it was readable.

    Not so soon after its use: a server that closes without saying so does it then.
    """

    _readable = False
    _used = 0.0
    _look_again = 0.0

    def get_extra_info(self, info: str) -> Any:
        if info != "is_readable":
            return self._original.get_extra_info(info)
        now = time.monotonic()
        if now >= self._look_again:
            self._readable = self._original.get_extra_info(info)
            if now - self._used > _YOUNG:
                self._look_again = now + _LOOK_AGAIN_AFTER
        return self._readable


class Stream(_Looked):
    """A synchronous connection.

    Attributes:
        reader: Whoever reads a body from it, with its limit for each read in `seconds`; None while nobody does.
    """

    reader: Any = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, or wait for some."""
        due, reader = _SENDING.due, self.reader
        if due is not None:
            timeout = max(_SHORTEST, due - time.monotonic())
        elif reader is not None:
            timeout = reader.seconds
        data: bytes = self._original.read(max_bytes, timeout=timeout)
        self._used, self._look_again = time.monotonic(), 0.0
        return data

    def start_tls(self, *args: Any, **options: Any) -> "Stream":
        """Give the same for the encrypted connection."""
        return Stream(self._original.start_tls(*args, **options))


class AsyncStream(_Looked):
    """A connection of an event loop; its limits are those of the task that waits."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, or wait for some."""
        data: bytes = await self._original.read(max_bytes, timeout=timeout)
        self._used, self._look_again = time.monotonic(), 0.0
        return data

    async def start_tls(self, *args: Any, **options: Any) -> "AsyncStream":
        """Give the same for the encrypted connection."""
        return AsyncStream(await self._original.start_tls(*args, **options))


class _Network(_Delegating):
    def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        return Stream(self._original.connect_tcp(*args, **options))


class _AsyncNetwork(_Delegating):
    async def connect_tcp(self, *args: Any, **options: Any) -> AsyncStream:
        return AsyncStream(await self._original.connect_tcp(*args, **options))
