"""Streams of chunks in the common form, closed with their connection.

A stream that ends without its last chunk is broken, and says so: a cut answer must not look like a short one.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any, Self

from cutover_registry.providers._answers import chunk_of, is_last
from cutover_registry.providers._budget import Budget
from cutover_registry.providers._decoding import NotDecodable, TooLarge, decoded, decoded_async
from cutover_registry.providers._messages import AsyncIncoming, Incoming, Lost, Slow
from cutover_registry.providers._one_timer import OneTimer
from cutover_registry.providers._spec import ProviderSpec
from cutover_registry.providers._sse import LONGEST_EVENT, Events
from cutover_registry.providers.errors import AnswerUnreadable, ProviderCallError, StreamBroken

DONE = b"[DONE]"
_LARGEST_STREAM = 1024 * LONGEST_EVENT
_AFTER_DONE = 0.2


class _Reading:
    """What both kinds of stream know while they read."""

    def __init__(self, spec: ProviderSpec, model: str, budget: Budget) -> None:
        self.spec, self.model, self.budget = spec, model, budget
        self.events = Events()
        self.count = 0
        self.ended = False
        self.complete = False

    def taken(self, events: list[bytes]) -> Iterator[dict[str, Any]]:
        for data in events:
            if data == DONE:
                self.ended = self.complete = True
                return
            chunk = chunk_of(self.spec, self.model, data)
            self.count += 1
            self.complete = self.complete or is_last(chunk)
            yield chunk

    def within(self) -> float | None:
        """Give the seconds for the next piece; after the last event there is none to wait for."""
        if self.ended:
            return _AFTER_DONE
        return self.budget.between() if self.count else self.budget.first()

    def at_end(self) -> None:
        if not self.complete:
            raise StreamBroken(
                f"the stream ended after {self.count} chunks, without its last one",
                provider=self.spec.name, model=self.model, chunks=self.count,
            )  # fmt: skip

    def told(self, error: Exception) -> ProviderCallError:
        """Give the error that the caller is to get."""
        phase = "between_chunks" if self.count else "first_chunk"
        if isinstance(error, Slow | TimeoutError):
            return self.budget.timed_out(self.spec.name, self.model, phase)
        if isinstance(error, Lost):
            return StreamBroken(
                f"the stream broke after {self.count} chunks: {error}",
                provider=self.spec.name, model=self.model, chunks=self.count,
            )  # fmt: skip
        why = f"an event is larger than {LONGEST_EVENT} bytes" if isinstance(error, TooLarge) else str(error)
        return AnswerUnreadable(why, provider=self.spec.name, model=self.model)


class ChatStream:
    """The chunks of one answer, as dicts in the common form; close it (or use `with`) if you stop early."""

    def __init__(self, spec: ProviderSpec, model: str, incoming: Incoming, budget: Budget) -> None:
        self._reading = _Reading(spec, model, budget)
        self._incoming = incoming
        self._chunks = self._read()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> dict[str, Any]:
        return next(self._chunks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the stream, and its connection unless it was read to its end."""
        self._chunks.close()
        self._incoming.close()

    def _read(self) -> Generator[dict[str, Any], None, None]:
        reading, incoming = self._reading, self._incoming
        encoding = incoming.headers.get("content-encoding", "")
        try:
            incoming.read_within(reading.within())
            for piece in decoded(incoming.chunks(), encoding, limit=_LARGEST_STREAM):
                yield from reading.taken(reading.events.feed(piece))
                incoming.read_within(reading.within())
            if not reading.ended:
                yield from reading.taken(reading.events.end())
        except (Slow, Lost, TooLarge, NotDecodable) as error:
            if not reading.ended:
                raise reading.told(error) from error
        finally:
            incoming.close()
        reading.at_end()


class AsyncChatStream:
    """The chunks of one answer in the event loop; see `ChatStream`."""

    def __init__(self, spec: ProviderSpec, model: str, incoming: AsyncIncoming, budget: Budget) -> None:
        self._reading = _Reading(spec, model, budget)
        self._incoming = incoming
        self._chunks = self._read()

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self

    async def __anext__(self) -> dict[str, Any]:
        return await anext(self._chunks)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the stream, and its connection unless it was read to its end."""
        await self._chunks.aclose()
        await self._incoming.close()

    async def _read(self) -> AsyncGenerator[dict[str, Any], None]:
        reading = self._reading
        encoding = self._incoming.headers.get("content-encoding", "")
        pieces, timer = decoded_async(self._incoming.chunks(), encoding, limit=_LARGEST_STREAM), OneTimer()
        try:
            while (piece := await timer.within(reading.within(), anext(pieces, None))) is not None:
                for chunk in reading.taken(reading.events.feed(piece)):
                    yield chunk
            if not reading.ended:
                for chunk in reading.taken(reading.events.end()):
                    yield chunk
        except (TimeoutError, Slow, Lost, TooLarge, NotDecodable) as error:
            if not reading.ended:
                raise reading.told(error) from error
        finally:
            timer.close()
            await self._incoming.close()
        reading.at_end()
