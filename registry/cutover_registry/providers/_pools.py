"""One pool of connections for threads, and one for each event loop, made at the first call and closed with the loop.

A loop closes what it holds when it shuts its asynchronous generators down, which `asyncio.run` and every server do: a
generator that waits there closes the loop's pool in time.
"""

import asyncio
import importlib.util
import threading
import weakref
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from cutover_registry.providers._messages import AsyncTransport, Transport

TRANSPORTS = ("httpx", "httpx2", "aiohttp")
VARIABLE = "CUTOVER_TRANSPORT"
_BOTH_FORMS = ("httpx", "httpx2")


def transport_name(given: str | None, environment: Mapping[str, str]) -> str | None:
    """Give the transport that is asked for, by name or by ``CUTOVER_TRANSPORT``; None where none is.

    Raises:
        ValueError: There is none of that name.
    """
    name = given or environment.get(VARIABLE) or None
    if name is not None and name not in TRANSPORTS:
        raise ValueError(f"{'transport' if given else VARIABLE} is {name!r}; write {', '.join(TRANSPORTS)}")
    return name


class Pools:
    """The connections of one client.

    Args:
        library: Of `TRANSPORTS`; None: httpx, or httpx2 where that is not installed. aiohttp has no synchronous form:
            the same two carry the calls of threads.
    """

    def __init__(self, library: str | None) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._transport: Transport | None = None
        self._by_loop: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[AsyncTransport, AsyncGenerator[None, None]]
        ]
        self._by_loop = weakref.WeakKeyDictionary()

    def transport(self, url: str) -> Transport:
        """Give the connections for threads."""
        if self._transport is None:
            with self._lock:
                if self._transport is None:
                    self._transport = _made(self._library, url)
        return self._transport

    async def transport_async(self, url: str) -> AsyncTransport:
        """Give the connections of the running loop."""
        loop = asyncio.get_running_loop()
        held = self._by_loop.get(loop)
        if held is not None:
            return held[0]
        if not _is_ready(self._library):
            # Importing a client library takes as long as many calls: the loop goes on meanwhile
            await asyncio.to_thread(_make_ready, self._library)
            if (held := self._by_loop.get(loop)) is not None:
                return held[0]
        transport = _made_async(self._library, url)
        closing = _closing(weakref.ref(self), loop, transport)
        with self._lock:
            self._by_loop[loop] = transport, closing
        await anext(closing)
        return transport

    def close(self) -> None:
        """Close the connections for threads; the next call makes new ones."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    async def aclose(self) -> None:
        """Close the running loop's connections, and those for threads."""
        held = self._by_loop.get(asyncio.get_running_loop())
        if held is not None:
            await held[1].aclose()
        self.close()


async def _closing(
    pools: "weakref.ref[Pools]", loop: asyncio.AbstractEventLoop, transport: AsyncTransport
) -> AsyncGenerator[None, None]:
    """Wait for the loop's end, or for that of a client that nobody holds any more, and close."""
    try:
        yield
    finally:
        if (held := pools()) is not None:
            held._by_loop.pop(loop, None)
        await transport.close()


def _made(library: str | None, url: str) -> Transport:
    library = _taken(None if library == "aiohttp" else library)
    made: Transport = _module(library).HttpxTransport(url, library=library)
    return made


def _made_async(library: str | None, url: str) -> AsyncTransport:
    library = _taken(library)
    made: AsyncTransport
    if library == "aiohttp":
        made = _module(library).AiohttpTransport(url)
    else:
        made = _module(library).AsyncHttpxTransport(url, library=library)
    return made


def _is_ready(library: str | None) -> bool:
    return _taken(library) in _ready


def _make_ready(library: str | None) -> None:
    name = _taken(library)
    _module(name).prepare(name)
    _ready.add(name)


def _taken(library: str | None) -> str:
    if library is not None:
        return library
    return next(filter(importlib.util.find_spec, _BOTH_FORMS), _BOTH_FORMS[0])


def _module(library: str) -> Any:
    """Import a transport at the first call: listing providers needs no client library."""
    try:
        importlib.import_module(library)
    except ModuleNotFoundError as error:
        told = f"the transport {library!r} needs the package {library}: pip install {library}, or choose another"
        raise ModuleNotFoundError(told, name=error.name) from error
    name = "_aiohttp_transport" if library == "aiohttp" else "_httpx_transport"
    return importlib.import_module(f"cutover_registry.providers.{name}")


_ready: set[str] = set()
