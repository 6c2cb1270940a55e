"""What goes over the wire, whatever library carries it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Incoming(Protocol):
    """One answer: status and headers (names in lower case), then its bytes as they come, still compressed."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> Iterator[bytes]:
        """Give the body as it comes."""

    def read_within(self, seconds: float | None) -> None:
        """Let each further read take so long at most; None: without limit."""

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


class AsyncIncoming(Protocol):
    """The same for the event loop."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> AsyncIterator[bytes]:
        """Give the body as it comes."""

    async def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for a connection, and for each read until the headers have come; None: without limit.

    In an event loop `read` is None: whoever waits has a limit of its own around the wait.
    """

    connect: float | None
    read: float | None


class Transport(Protocol):
    """Carries requests from any thread; an asynchronous one belongs to the loop that it was made in."""

    def send(self, request: Outgoing, limits: Limits) -> Incoming:
        """Send a request; return when its headers have come. Raises Lost or Slow."""

    def close(self) -> None:
        """Close every connection."""


class AsyncTransport(Protocol):
    """Carries requests in one event loop."""

    async def send(self, request: Outgoing, limits: Limits) -> AsyncIncoming:
        """Send a request; return when its headers have come. Raises Lost or Slow."""

    async def close(self) -> None:
        """Close every connection."""


class Lost(Exception):
    """There was no connection, or it was lost. The text names no URL."""


class Slow(Exception):
    """A limit passed; `connecting` tells which."""

    def __init__(self, *, connecting: bool) -> None:
        super().__init__()
        self.connecting = connecting
