"""Carries requests with httpx, or with httpx2, which has the same interface.

The transports are used without the client around them: no cookies, no redirects, no authentication flow, no log line
for each call. They are the same classes that a client would use, so whoever patches those sees our requests too.
"""

import importlib
import re
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from cutover_registry.providers._messages import Limits, Lost, Outgoing, Slow

MOST_CONNECTIONS = 1000
IDLE_SECONDS = 30.0


class HttpxTransport:
    """Synchronous connections, shared by threads."""

    def __init__(self, base_url: str, *, library: str = "httpx") -> None:
        self._library = importlib.import_module(library)
        limits = self._library.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=IDLE_SECONDS
        )
        self._transport = self._library.HTTPTransport(limits=limits, proxy=proxy_of(base_url), verify=_context(library))

    def send(self, request: Outgoing, limits: Limits) -> "HttpxIncoming":
        """Send a request; return when its headers have come."""
        outgoing = _outgoing(self._library, request, limits)
        with told(self._library):
            return HttpxIncoming(self._library, self._transport.handle_request(outgoing))

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()


class AsyncHttpxTransport:
    """Connections of one event loop."""

    def __init__(self, base_url: str, *, library: str = "httpx") -> None:
        self._library = importlib.import_module(library)
        limits = self._library.Limits(
            max_connections=MOST_CONNECTIONS, max_keepalive_connections=100, keepalive_expiry=IDLE_SECONDS
        )
        self._transport = self._library.AsyncHTTPTransport(
            limits=limits, proxy=proxy_of(base_url), verify=_context(library)
        )

    async def send(self, request: Outgoing, limits: Limits) -> "AsyncHttpxIncoming":
        """Send a request; return when its headers have come."""
        outgoing = _outgoing(self._library, request, limits)
        with told(self._library):
            return AsyncHttpxIncoming(self._library, await self._transport.handle_async_request(outgoing))

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class HttpxIncoming:
    """One answer of `HttpxTransport`."""

    def __init__(self, library: Any, response: Any) -> None:
        self._library, self._response = library, response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._reads: _Reads | None = None

    def chunks(self) -> Iterator[bytes]:
        """Give the body as it comes."""
        with told(self._library):
            yield from self._response.stream

    def read_within(self, seconds: float | None) -> None:
        """Let each further read take so long at most."""
        if self._reads is None:
            self._reads = _Reads(self._response.extensions.get("network_stream"))
        self._reads.seconds = seconds

    def close(self) -> None:
        """Give the connection back, or close it."""
        if self._reads is not None:
            self._reads.restore()
        self._response.stream.close()


class AsyncHttpxIncoming:
    """One answer of `AsyncHttpxTransport`."""

    def __init__(self, library: Any, response: Any) -> None:
        self._library, self._response = library, response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body as it comes."""
        with told(self._library):
            async for chunk in self._response.stream:
                yield chunk

    async def close(self) -> None:
        """Give the connection back, or close it."""
        await self._response.stream.aclose()


class _Reads:
    """Changes the limit of reads that are under way: the library fixes it when the body begins."""

    def __init__(self, stream: Any) -> None:
        self.seconds: float | None = None
        self._stream = stream
        if stream is not None and hasattr(stream, "__dict__"):
            read = stream.read

            def read_within(most: int, timeout: float | None = None) -> bytes:  # noqa: ARG001 - ours holds instead
                data: bytes = read(most, timeout=self.seconds)
                return data

            stream.read = read_within

    def restore(self) -> None:
        """Leave the connection as it was."""
        if self._stream is not None:
            vars(self._stream).pop("read", None)


@contextmanager
def told(library: Any) -> Iterator[None]:
    """Raise the library's errors as ours, without the URL that they may name."""
    try:
        yield
    except library.ConnectTimeout as error:
        raise Slow(connecting=True) from error
    except library.TimeoutException as error:
        raise Slow(connecting=False) from error
    except (library.TransportError, library.StreamError) as error:
        raise Lost(_words(error)) from error


def proxy_of(base_url: str) -> str | None:
    """Give the proxy that the environment names for a URL (HTTPS_PROXY, NO_PROXY and their like)."""
    parts = urlsplit(base_url)
    proxies = urllib.request.getproxies_environment()
    if urllib.request.proxy_bypass_environment(parts.netloc, proxies):  # type: ignore[attr-defined]
        return None
    found = proxies.get(parts.scheme) or proxies.get("all")
    return found if found is None or "://" in found else f"http://{found}"


def _outgoing(library: Any, request: Outgoing, limits: Limits) -> Any:
    timeout = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.connect}
    return library.Request(
        request.method,
        _url(library, request.url),
        headers=request.headers,
        content=request.body,
        extensions={"timeout": timeout},
    )


@lru_cache(maxsize=256)
def _url(library: Any, url: str) -> Any:
    return library.URL(url)


@cache
def _context(library: str) -> Any:
    """One set of certificates for all providers: loading it takes as long as ten calls."""
    return importlib.import_module(library).create_ssl_context()


def _words(error: Exception) -> str:
    text = re.sub(r"https?://\S+", "the provider", str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
