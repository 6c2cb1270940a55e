"""Carries requests with httpx, or with httpx2, which has the same interface.

The transports are used without the client around them: no cookies, no redirects, no authentication flow, no log line
for each call. They are the same classes that a client would use, so whoever patches those sees our requests too.
"""

import importlib
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from cutover_registry.providers._connections import IDLE_SECONDS, MOST_CONNECTIONS, proxy_of
from cutover_registry.providers._httpx_network import headers_within, put_below
from cutover_registry.providers._messages import Limits, Lost, Outgoing, Slow
from cutover_registry.providers._shards import MOST_SHARDS, Place, Shards


def prepare(library: str) -> None:
    """Load what the first connection would load: the library, and the certificates that it trusts."""
    _context(library)


class HttpxTransport:
    """Synchronous connections, shared by threads."""

    def __init__(self, base_url: str, *, library: str) -> None:
        self._library = importlib.import_module(library)
        self._shards = Shards(_maker(self._library.HTTPTransport, self._library, base_url))

    def send(self, request: Outgoing, limits: Limits) -> "HttpxIncoming":
        """Send a request; return when its headers have come."""
        library, outgoing = self._library, _outgoing(self._library, request, limits)
        while (unneeded := self._shards.unneeded(IDLE_SECONDS)) is not None:
            unneeded.close()
        place = self._shards.take()
        try:
            with headers_within(limits.read):
                return HttpxIncoming(library, place.transport.handle_request(outgoing), place)
        except BaseException as error:
            place.give_back()
            if isinstance(error, library.TransportError | library.StreamError):
                raise _told(library, error) from error
            raise

    def close(self) -> None:
        """Close every connection."""
        for transport in self._shards.all():
            transport.close()


class AsyncHttpxTransport:
    """Connections of one event loop."""

    def __init__(self, base_url: str, *, library: str) -> None:
        self._library = importlib.import_module(library)
        self._shards = Shards(_maker(self._library.AsyncHTTPTransport, self._library, base_url))

    async def send(self, request: Outgoing, limits: Limits) -> "AsyncHttpxIncoming":
        """Send a request; return when its headers have come."""
        library, outgoing = self._library, _outgoing(self._library, request, limits)
        while (unneeded := self._shards.unneeded(IDLE_SECONDS)) is not None:
            await unneeded.aclose()
        place = self._shards.take()
        try:
            return AsyncHttpxIncoming(library, await place.transport.handle_async_request(outgoing), place)
        except BaseException as error:
            place.give_back()
            if isinstance(error, library.TransportError | library.StreamError):
                raise _told(library, error) from error
            raise

    async def close(self) -> None:
        """Close every connection."""
        for transport in self._shards.all():
            await transport.aclose()


class HttpxIncoming:
    """One answer of `HttpxTransport`."""

    def __init__(self, library: Any, response: Any, place: Place[Any]) -> None:
        self._library, self._response, self._place = library, response, place
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.seconds: float | None = None
        self._connection = response.extensions.get("network_stream")

    def chunks(self) -> Iterator[bytes]:
        """Give the body as it comes."""
        library = self._library
        try:
            yield from self._response.stream
        except (library.TransportError, library.StreamError) as error:
            raise _told(library, error) from error

    def read_within(self, seconds: float | None) -> None:
        """Let each further read take so long at most."""
        self.seconds = seconds
        if self._connection is not None:
            self._connection.reader = self

    def close(self) -> None:
        """Give the connection back, or close it."""
        if getattr(self._connection, "reader", None) is self:
            self._connection.reader = None
        try:
            self._response.stream.close()
        finally:
            self._place.give_back()


class AsyncHttpxIncoming:
    """One answer of `AsyncHttpxTransport`."""

    def __init__(self, library: Any, response: Any, place: Place[Any]) -> None:
        self._library, self._response, self._place = library, response, place
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body as it comes."""
        library = self._library
        try:
            async for chunk in self._response.stream:
                yield chunk
        except (library.TransportError, library.StreamError) as error:
            raise _told(library, error) from error

    async def close(self) -> None:
        """Give the connection back, or close it."""
        try:
            await self._response.stream.aclose()
        finally:
            self._place.give_back()


def _maker(kind: Any, library: Any, base_url: str) -> Callable[[], Any]:
    """Give what makes one more pool of this kind, all with the same proxy and certificates."""
    most = MOST_CONNECTIONS // MOST_SHARDS
    limits = library.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=IDLE_SECONDS)
    proxy, context = proxy_of(base_url), _context(library.__name__)

    def make() -> Any:
        transport = kind(limits=limits, proxy=proxy, verify=context)
        put_below(transport)
        return transport

    return make


def _told(library: Any, error: Exception) -> Slow | Lost:
    if isinstance(error, library.TimeoutException):
        return Slow(connecting=isinstance(error, library.ConnectTimeout))
    return Lost(_words(error))


def _outgoing(library: Any, request: Outgoing, limits: Limits) -> Any:
    timeout = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.connect}
    url, host = _url(library, request.url)
    outgoing = library.Request(
        request.method,
        url,
        headers={"host": host, **request.headers},
        stream=library.ByteStream(request.body),
        extensions={"timeout": timeout},
    )
    outgoing.read()
    return outgoing


@lru_cache(maxsize=256)
def _url(library: Any, url: str) -> tuple[Any, str]:
    found = library.URL(url)
    return found, found.netloc.decode("ascii")


@cache
def _context(library: str) -> Any:
    """One set of certificates for all providers: loading it takes as long as ten calls."""
    return importlib.import_module(library).create_ssl_context()


def _words(error: Exception) -> str:
    text = re.sub(r"https?://\S+", "the provider", str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
