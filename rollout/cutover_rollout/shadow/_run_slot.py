"""Run one provider function in the candidate's process: its requests meet what the control received, or nothing.

A request that differs from the control's gets no bytes. Streams are taken to their end, or a little beyond what the
control took of them.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cutover_parity import Exchange, Failure
from cutover_parity.alongside import Asked, Play, answering, render, without_addresses
from cutover_rollout.shadow._requests import request_difference

Json: TypeAlias = Any
BEYOND = 8
ENDLESS = "the stream does not end"


@dataclass(slots=True)
class Ran:
    """What one run did.

    Attributes:
        difference: Where its requests differ from the control's.
        error: The type of what it raised, or that its stream does not end.
        result: What it gave, or the chunks of its stream, rendered.
    """

    difference: str = ""
    error: str = ""
    result: Json = None
    used: set[int] = field(default_factory=set)

    @property
    def failed(self) -> bool:
        """Whether nobody could be served by it."""
        return bool(self.error or self.difference)


class Upstream:
    """Answers the requests of whichever function runs now."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._ran = Ran()

    @contextmanager
    def playing(self, exchanges: list[Exchange], ran: Ran) -> Iterator[None]:
        """Answer with these exchanges while this is open."""
        self._exchanges, self._ran = exchanges, ran
        try:
            yield
        finally:
            left = len(exchanges) - len(ran.used)
            if left and not ran.difference:
                ran.difference = f"requests: {len(exchanges)} of the control, {len(ran.used)} of the candidate"
            self._exchanges, self._ran = [], Ran()

    def ask(self, asked: Asked) -> Play:
        """Say what a request meets."""
        ran, first = self._ran, ""
        for number, exchange in enumerate(self._exchanges):
            if number in ran.used:
                continue
            difference = request_difference(exchange.request, asked.request)
            if not difference:
                ran.used.add(number)
                return _play(exchange)
            first = first or difference
        ran.difference = ran.difference or first or "requests: the candidate made one more"
        return Play(refusal="this request is not the control's; nothing leaves a shadow")


class Runner:
    """Runs functions of any kind: plain, async, generators, and whatever returns a stream."""

    def __init__(self) -> None:
        self._upstream = Upstream()
        self._loop = asyncio.Runner()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand between the client libraries and the network while this is open."""
        with answering(self._upstream.ask), self._loop:
            yield

    def run(
        self, function: Callable[..., Any], call: tuple[Any, Any], exchanges: list[Exchange], *, chunks: int
    ) -> Ran:
        """Run a function with these arguments."""
        ran = Ran()
        args, kwargs = call
        with self._upstream.playing(exchanges, ran):
            try:
                ran.result = without_addresses_in(self._taken(function(*args, **kwargs), chunks + BEYOND))
            except _Endless:
                ran.error = ENDLESS
            except (Exception, SystemExit, KeyboardInterrupt, asyncio.CancelledError) as error:  # noqa: BLE001  somebody's code
                ran.error = Failure.of(error).type
        return ran

    def _taken(self, value: Any, most: int) -> Json:
        if hasattr(value, "__await__"):
            return self._taken_async(value, most)
        if hasattr(type(value), "__aiter__"):
            return self._loop.run(_all_async(value, most))
        return _all(value, most) if hasattr(type(value), "__next__") else render(value)

    def _taken_async(self, value: Any, most: int) -> Json:
        async def whole() -> Any:
            found = await value
            if hasattr(type(found), "__aiter__"):
                return await _all_async(found, most)
            return _all(found, most) if hasattr(type(found), "__next__") else render(found)

        return self._loop.run(whole())


class _Endless(Exception):
    """A stream goes on beyond what the control took."""


def _all(stream: Any, most: int) -> Json:
    taken: list[Json] = []
    try:
        for chunk in stream:
            taken.append(_within(render(chunk), taken, most))
    finally:
        getattr(stream, "close", lambda: None)()
    return taken


async def _all_async(stream: Any, most: int) -> Json:
    taken: list[Json] = []
    try:
        async for chunk in stream:
            taken.append(_within(render(chunk), taken, most))
    finally:
        if hasattr(stream, "aclose"):
            await stream.aclose()
    return taken


def _within(chunk: Json, taken: list[Json], most: int) -> Json:
    if len(taken) >= most:
        raise _Endless
    return chunk


def _play(exchange: Exchange) -> Play:
    return Play(answer=exchange.answer) if exchange.answer is not None else Play(failure=exchange.error)


def without_addresses_in(value: Json) -> Json:
    """Leave memory addresses out of every text."""
    if isinstance(value, str):
        return without_addresses(value)
    if isinstance(value, dict):
        return {name: without_addresses_in(item) for name, item in value.items()}
    return [without_addresses_in(item) for item in value] if isinstance(value, list) else value
