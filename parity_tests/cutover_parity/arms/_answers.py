"""OpenAI-shaped answers and streams for provider functions that were replaced, and for upstream answers.

Everything is a function of a mark (which call or request it answers), so that a wrong callee or a wrong argument is
visible in what the caller finally gets. An answer works as a dict, by attribute, and like an HTTP response.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from cutover_parity.clock._waits import wait_async

CREATED = 1_700_000_000
STREAM_CHUNKS = 3


class ModelAnswer(dict[str, Any]):
    """A dict whose keys are attributes too, with the ways in which models are turned into plain data."""

    def __getattr__(self, name: str) -> Any:
        if name == "__cutover_mark__" or name not in self:
            raise AttributeError(f"the answer has no field {name!r}; it has {', '.join(self)}")
        return self[name]

    def __deepcopy__(self, _: Any) -> "ModelAnswer":
        return ModelAnswer(answering(self.model_dump()))

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """Give plain data, as a pydantic model does."""
        plain: dict[str, Any] = json.loads(json.dumps(self))
        return plain

    to_dict = model_dump

    def model_dump_json(self, **_: Any) -> str:
        """Give JSON text, as a pydantic model does."""
        return json.dumps(self)


ModelAnswer.dict = ModelAnswer.model_dump  # type: ignore[attr-defined]


class StubAnswer(ModelAnswer):
    """What a replaced provider function gives: it remembers which call it answers, and reads like a response too."""

    status_code = 200
    is_success = True

    def __init__(self, data: dict[str, Any], mark: str) -> None:
        super().__init__(data)
        object.__setattr__(self, "__cutover_mark__", mark)

    json = ModelAnswer.model_dump

    def raise_for_status(self) -> Self:
        """Do nothing, as a good response does."""
        return self

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a response."""
        return {"content-type": "application/json"}

    @property
    def text(self) -> str:
        """The JSON text."""
        return self.model_dump_json()

    @property
    def content(self) -> bytes:
        """The JSON text as bytes."""
        return self.text.encode()


def answering(value: Any) -> Any:
    """Make dicts of plain data readable by attribute, at every level."""
    if isinstance(value, dict):
        return ModelAnswer({key: answering(item) for key, item in value.items()})
    return [answering(item) for item in value] if isinstance(value, list) else value


def completion(mark: str, model: str) -> dict[str, Any]:
    """Give a chat completion as plain data."""
    return {
        "id": f"chatcmpl-{mark}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": f"answer to {mark}"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }


def chunk(mark: str, model: str, index: int) -> dict[str, Any]:
    """Give the index-th of the `STREAM_CHUNKS` chunks of a streamed completion; the last one finishes it."""
    last = index == STREAM_CHUNKS - 1
    return {
        "id": f"chatcmpl-{mark}",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        "choices": [
            {
                "index": 0,
                "delta": {} if last else {"role": "assistant", "content": f"{mark}.{index}"},
                "finish_reason": "stop" if last else None,
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12} if last else None,
    }


class ChunkStream:
    """A stream as clients give it to synchronous callers: an iterator that can be closed."""

    def __init__(self, chunks: Iterator[Any], mark: str) -> None:
        self._chunks = chunks
        object.__setattr__(self, "__cutover_mark__", mark)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._chunks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the stream."""
        self._chunks.close()  # type: ignore[attr-defined]


class AsyncChunkStream:
    """A stream as clients give it to asynchronous callers; after `delay` seconds each chunk takes `pause`."""

    def __init__(self, chunks: Iterator[Any], mark: str, *, delay: float = 0.0, pause: float = 0.0) -> None:
        self._chunks, self._delay, self._pause = chunks, delay, pause
        object.__setattr__(self, "__cutover_mark__", mark)

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        delay, self._delay = self._delay, 0.0
        await wait_async(delay)
        for item in self._chunks:
            await wait_async(self._pause)
            return item
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the stream."""
        self._chunks.close()  # type: ignore[attr-defined]

    close = aclose
