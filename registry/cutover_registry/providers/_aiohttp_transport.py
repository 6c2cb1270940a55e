"""Carries asynchronous requests with aiohttp.

Nothing of its session is used but the connections: no cookies, no redirects, no decompression, no headers of its own.
Its errors hold the request, key and URL, so none of them is left in the chain of ours, not even as its context.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any

import aiohttp
from yarl import URL

from cutover_registry.providers._connections import IDLE_SECONDS, MOST_CONNECTIONS, proxy_of
from cutover_registry.providers._messages import Limits, Lost, Outgoing, Slow

_FAILURES = (aiohttp.ClientError, OSError, asyncio.IncompleteReadError)


def prepare(library: str) -> None:
    """Do nothing more: the library has loaded its certificates when it was imported."""


class AiohttpTransport:
    """Connections of one event loop."""

    def __init__(self, base_url: str) -> None:
        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=IDLE_SECONDS)
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        self._proxy = proxy_of(base_url)

    async def send(self, request: Outgoing, limits: Limits) -> "AiohttpIncoming":
        """Send a request; return when its headers have come."""
        try:
            response = await self._session.request(
                request.method,
                _url(request.url),
                data=request.body or None,
                headers=request.headers,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=_timeout(limits.connect),
            )
        except _FAILURES as error:
            failure = _told(error)
        else:
            return AiohttpIncoming(response)
        raise failure

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


class AiohttpIncoming:
    """One answer of `AiohttpTransport`."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body as it comes."""
        content = self._response.content
        failure: Slow | Lost | None = None
        try:
            while piece := await content.readany():
                yield piece
        except _FAILURES as error:
            failure = _told(error)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        """Close the connection, unless the body was read to its end, which gave it back."""
        self._response.close()


def _told(error: Any) -> Slow | Lost:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Slow(connecting=True)
    if isinstance(error, TimeoutError):
        return Slow(connecting=False)
    kind = type(error).__name__
    words = _words(error)
    return Lost(f"{kind}: {words}" if words else kind)


def _words(error: Any) -> str:
    """Give what an error says of its cause, without host, path or query."""
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
    if isinstance(cause, OSError) and cause.errno and not getattr(cause, "reason", None):
        return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
    text = str(getattr(cause, "message", "") or cause)
    return re.sub(r"(https?://|Cannot connect to host )\S+", "the provider", " ".join(text.split()))


@lru_cache(maxsize=256)
def _url(url: str) -> URL:
    return URL(url)


@lru_cache(maxsize=64)
def _timeout(connect: float | None) -> aiohttp.ClientTimeout:
    """Limit the connection alone: the client watches over the rest, to the millisecond."""
    return aiohttp.ClientTimeout(connect=connect, ceil_threshold=float("inf"))
