"""What a client library is to the harness: where its exchanges are noted, and where its requests are answered.

A stack knows one library. The recording side gives it `begin`, which opens an exchange if a route is being served;
the replay side gives it `ask`, which says what a request meets. Neither side knows any library.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from cutover_parity._messages import Answer, Exchange, Failure, Headers, Request
from cutover_parity.recorder._kept import Kept

KEPT = 1 << 20
_OVERHEAD = 1024


class Refused(Exception):
    """A request was about to leave an arm under replay; each stack raises its own kind of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One upstream request as a library was about to send it, with the timeouts in seconds that go with it."""

    request: Request
    client: str
    stack: str
    timeouts: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Play:
    """What a request meets: an answer (perhaps cut), a failure before any answer, a refusal, or nothing at all.

    A timeout that comes `in_time` takes as long as the client waits; else it comes at once.
    `pace` is the seconds before each chunk of a stream, before the answer where it is none. `taken` is told how many
    chunks were taken and how it ended.
    """

    answer: Answer | None = None
    failure: Failure | None = None
    refusal: str = ""
    hang: bool = False
    in_time: bool = False
    pace: float = 0.0
    streamed: bool = False
    taken: Callable[[int, str], None] = lambda *_: None


class Opened:
    """An exchange while it goes on; at most `limit` bytes of each body are kept, the rest is counted."""

    def __init__(self, *, stack: str, client: str, at: float = 0.0, limit: int = KEPT) -> None:
        self._stack, self._client, self._at = stack, client, at
        self._sent, self._came = Kept(limit), Kept(limit)
        self._head: tuple[str, str, Headers] = ("GET", "", ())
        self._status: int | None = None
        self._headers: Headers = ()
        self._gaps: list[float] = []
        self._failure: Failure | None = None
        self._cancelled = self._over = False
        self._last = time.perf_counter()

    def asked(self, method: str, url: str, headers: Headers) -> None:
        """Note the head of the request."""
        self._head = (method, url, headers)

    def sent(self, data: bytes) -> None:
        """Note a piece of the request's body."""
        self._sent.add(data)

    def answered(self, status: int, headers: Headers) -> None:
        """Note the head of the answer."""
        self._status, self._headers = status, headers
        self._last = time.perf_counter()

    def chunk(self, data: bytes) -> None:
        """Note a chunk of the answer's body."""
        now = time.perf_counter()
        if self._came.add(data):
            self._gaps.append(round((now - self._last) * 1000, 3))
        self._last = now

    def failed(self, error: BaseException) -> None:
        """Note what ended the exchange: before any answer, or in the middle of one."""
        if not self._over:
            self._failure = Failure.of(error)

    def ended(self) -> None:
        """Note that the answer came to its end."""
        self._over = True

    def closed(self) -> None:
        """Note that the application closed the answer, perhaps before its end."""
        if not self._over and self._failure is None and self._status is not None:
            self._cancelled = self._over = True

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self._over or self._failure is not None

    @property
    def size(self) -> int:
        """About how many bytes of memory the exchange takes."""
        pieces = len(self._sent.pieces) + len(self._came.pieces)
        return self._sent.size + self._came.size + 64 * pieces + _OVERHEAD

    @property
    def known(self) -> bool:
        """Whether the head of the request was noted."""
        return bool(self._head[1])

    @property
    def has_body(self) -> bool:
        """Whether a piece of the request's body was noted."""
        return bool(self._sent.pieces)

    def done(self) -> Exchange:
        """Give what was noted so far."""
        method, url, headers = self._head
        request = Request(method, url, headers, b"".join(self._sent.pieces), self._sent.lost)
        answer = error = None
        if self._status is None:
            error = self._failure or Failure("unfinished", "no answer had come when the route ended")
        else:
            chunks = tuple(self._came.pieces)
            cut, lost = self._failure, self._came.lost
            answer = Answer(self._status, self._headers, chunks, tuple(self._gaps), cut, self._cancelled, lost)
        return Exchange(request, answer, error, client=self._client, stack=self._stack, at=self._at)


class Begin(Protocol):
    """Opens an exchange for the route that is being served, or gives None if none is."""

    def __call__(self, stack: str, client: str) -> Opened | None:
        """Open an exchange."""
        ...


Ask: TypeAlias = Callable[[Asked], Play]


class Stack(Protocol):
    """One client library."""

    @property
    def name(self) -> str:
        """The name that recordings have for it."""
        ...

    @property
    def module(self) -> str:
        """The module whose import brings the library."""
        ...

    def capture(self, begin: Begin) -> AbstractContextManager[None]:
        """Note exchanges while this is open; what the application sees is unchanged."""
        ...

    def answer(self, ask: Ask) -> AbstractContextManager[None]:
        """Answer requests while this is open; none leaves."""
        ...


@contextmanager
def swapped(*swaps: tuple[Any, str, Any]) -> Iterator[None]:
    """Put other attributes into classes and modules while this is open."""
    kept = [(holder, name, vars(holder)[name]) for holder, name, _ in swaps]
    for holder, name, value in swaps:
        setattr(holder, name, value)
    try:
        yield
    finally:
        for holder, name, value in kept:
            setattr(holder, name, value)
