"""One pool of connections for threads, and one for each event loop, made at the first call and closed with the loop.

A loop closes what it holds when it shuts its asynchronous generators down, which `asyncio.run` and every server do: a
generator that waits there closes the loop's pool in time.
"""

import asyncio
import importlib
import threading
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary

from cutover_registry.providers._messages import AsyncTransport, Transport


class Pools:
    """The connections of one client."""

    def __init__(self, library: str) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._transport: Transport | None = None
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncTransport, AsyncGenerator[None, None]]]
        self._by_loop = WeakKeyDictionary()

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
        transport = _made_async(self._library, url)
        closing = self._closing(loop, transport)
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

    async def _closing(self, loop: asyncio.AbstractEventLoop, transport: AsyncTransport) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._by_loop.pop(loop, None)
            await transport.close()


def _made(library: str, url: str) -> Transport:
    if library == "aiohttp":
        raise ValueError("aiohttp carries asynchronous calls alone; use chat_async and stream_async, or httpx")
    made: Transport = _module("_httpx_transport").HttpxTransport(url, library=library)
    return made


def _made_async(library: str, url: str) -> AsyncTransport:
    aiohttp = library == "aiohttp"
    made: AsyncTransport = (
        _module("_aiohttp_transport").AiohttpTransport(url)
        if aiohttp
        else _module("_httpx_transport").AsyncHttpxTransport(url, library=library)
    )
    return made


def _module(name: str) -> Any:
    """Import a transport at the first call: listing providers needs no client library."""
    return importlib.import_module(f"cutover_registry.providers.{name}")
