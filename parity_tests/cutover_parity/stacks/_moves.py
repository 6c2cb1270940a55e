"""What a request meets, move by move, in the order in which a client sees it; each stack makes the moves its own way.

A wait that is longer than the client's own patience ends in the client's own timeout, as it would in earnest. Behind
what was recorded of an answer that its reader gave up, nothing more comes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from cutover_parity._faults import DAY, kind_of
from cutover_parity._messages import Answer, Failure
from cutover_parity.stacks._stack import Play


@dataclass(frozen=True, slots=True)
class Wait:
    """The seconds of the route's clock that pass before the next move."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of the answer."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of the body."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Fail:
    """The failure that ends it."""

    failure: Failure


Move: TypeAlias = Wait | Head | Chunk | Fail


def moves(play: Play, patience: float | None) -> Iterator[Move]:
    """Give the moves of a play for a client that waits `patience` seconds for each piece (None: without end)."""
    limit = DAY if patience is None else patience
    late = Fail(Failure("httpx.ReadTimeout", f"nothing came within {limit:g} s"))
    if play.hang:
        yield from (Wait(limit), late)
        return
    if play.failure is not None or play.answer is None:
        if play.in_time and play.failure is not None and kind_of(play.failure) == "read timeout":
            yield Wait(limit)
        yield Fail(play.failure or Failure("httpx.ReadError", "no answer"))
        return
    if play.pace >= limit:
        yield from (Head(play.answer), Wait(limit), late) if play.streamed else (Wait(limit), late)
        return
    if play.pace and not play.streamed:
        yield Wait(play.pace)
    yield from _answered(play, play.answer)
    if play.answer.cancelled:
        yield from (Wait(limit), late)


def _answered(play: Play, answer: Answer) -> Iterator[Move]:
    yield Head(answer)
    last = "cut" if answer.cut else "closed" if answer.cancelled else "end"
    play.taken(0, "closed" if answer.chunks else last)
    for count, data in enumerate(answer.chunks, start=1):
        if play.pace and play.streamed:
            yield Wait(play.pace)
        play.taken(count, "closed" if count < len(answer.chunks) else last)
        yield Chunk(data)
    if answer.cut is not None:
        yield Fail(answer.cut)
