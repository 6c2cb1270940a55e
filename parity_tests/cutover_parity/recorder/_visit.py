"""One route while it is being served: what came in, what went out, and the exchanges in between, in bounded memory.

The tape of a visit is in the context in which the application runs, and so it is found from threads and tasks that
the route starts. They may outlive the answer: a visit is `busy` while an exchange that began before its end is open.
Exchanges that begin after the visit was written, or when it has very many already, are only counted.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cutover_parity._messages import Answer, Failure, Headers, Request, Route
from cutover_parity.recorder._capture import TAPE, Tape
from cutover_parity.recorder._kept import Kept
from cutover_parity.stacks import Opened

MOST_EXCHANGES = 1000
_OVERHEAD = 2048
_HUNG_UP = Failure("cancelled", "the caller hung up before the answer began")


class RouteTape(Tape):
    """The tape of one visit; `unheard` is told of exchanges that are not kept: those that begin too late, or too many.

    `ended`: the application is through with the route. `written`: it was handed over, nothing more can be added.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.ended = self.written = False
        self.unheard: Callable[[], None] = lambda: None
        self._room = MOST_EXCHANGES

    def begin(self, stack: str, client: str) -> Opened:
        """Note that a request is about to leave."""
        self._room -= 1
        if self.written or self._room < 0:
            self.unheard()
            return Opened(stack=stack, client=client, limit=0)
        return super().begin(stack, client)


class Visit:
    """Notes one route; each call is cheap, and none of them raises for what the application sends."""

    def __init__(self, limit: int) -> None:
        self.tape = RouteTape(limit)
        self.ended_at = 0.0
        self._body, self._answer = Kept(limit), Kept(limit)
        self._head: tuple[int, Headers] | None = None
        self._gaps: list[float] = []
        self._cancelled = False
        self._failure: Failure | None = None
        self._last = time.perf_counter()
        self._line: tuple[str, str, Headers] = ("", "", ())

    def asked(self, method: str, url: str, headers: Headers) -> None:
        """Note the request line and headers."""
        self._line = method, url, headers

    def body(self, data: bytes) -> None:
        """Note a piece of the request's body that the application has read."""
        if data:
            self._body.add(data)

    def began(self, status: int, headers: Headers) -> None:
        """Note the begin of the answer."""
        self._head, self._last = (status, headers), time.perf_counter()

    def chunk(self, data: bytes) -> None:
        """Note a chunk of the answer."""
        now = time.perf_counter()
        if data and self._answer.add(data):
            self._gaps.append(round((now - self._last) * 1000, 3))
        self._last = now

    def lost(self, count: int) -> None:
        """Note bytes of the answer that went out unseen."""
        self._answer.lost += count

    def ended(self, failure: Failure | None = None, *, cancelled: bool = False) -> None:
        """Note how the route ended."""
        self._failure, self._cancelled = failure, cancelled
        self.tape.ended, self.ended_at = True, time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether an exchange of the route is still open."""
        return self.tape.busy

    @property
    def size(self) -> int:
        """About how many bytes of memory the visit takes."""
        pieces = len(self._body.pieces) + len(self._answer.pieces)
        return self._body.size + self._answer.size + 64 * pieces + self.tape.size + _OVERHEAD

    def route(self) -> Route:
        """Give the route as it is known now."""
        method, url, headers = self._line
        request = Request(method, url, headers, b"".join(self._body.pieces), self._body.lost)
        error = None if self._cancelled else self._failure
        if self._head is None:
            error = _HUNG_UP if self._cancelled else error
            return Route(uuid.uuid4().hex, request, None, self.tape.exchanges(), error)
        chunks, gaps = tuple(self._answer.pieces), tuple(self._gaps)
        answer = Answer(*self._head, chunks, gaps, error, self._cancelled, self._answer.lost)
        return Route(uuid.uuid4().hex, request, answer, self.tape.exchanges(), error)


def served_already() -> bool:
    """Whether this context belongs to a route that is being recorded, by a recorder further out."""
    tape = TAPE.get()
    return isinstance(tape, RouteTape) and not tape.ended


@contextmanager
def visited(visit: Visit) -> Iterator[None]:
    """Let exchanges of this context belong to the visit."""
    token = TAPE.set(visit.tape)
    try:
        yield
    finally:
        TAPE.reset(token)
