"""Calls depth: the stub of a provider function.

A stub has the kind of its original (sync, coroutine, generator, async generator), notes who was called with what and
where, and then does what the script says. Where stubs go is the business of `_stub_places`.
"""

import asyncio
import functools
import inspect
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal, TypeAlias

import httpx

from cutover_parity._faults import DAY
from cutover_parity._messages import Json
from cutover_parity.arms._answers import (
    STREAM_CHUNKS,
    AsyncChunkStream,
    ChunkStream,
    StubAnswer,
    answering,
    chunk,
    completion,
)
from cutover_parity.arms._library import error_in
from cutover_parity.arms._route_log import LOG
from cutover_parity.arms._shape import Item, Shape, shape_of
from cutover_parity.cases._script import Step
from cutover_parity.clock._waits import wait, wait_async
from cutover_parity.compare._render import render

Bound: TypeAlias = Literal["name", "object"]


@dataclass(frozen=True, slots=True)
class Callee:
    """A provider function of the plan: where its name is bound, and what it stands for.

    `bound` says by what its stub is reached: by that name, or as the function object itself.
    """

    module: str
    name: str
    provider: str
    slot: str
    bound: Bound = "name"


def stub_for(original: object, callee: Callee) -> Callable[..., Any]:
    """Make the stub of one provider function, or of a class whose methods are provider functions."""
    if inspect.isclass(original):
        stub: Callable[..., Any] = functools.partial(_instance, original, callee)
    else:
        shape = shape_of(original, f"{callee.slot} {callee.name}")
        stub = _MAKERS[shape.kind](callee, shape)
    if hasattr(original, "__name__"):
        functools.update_wrapper(stub, original)  # type: ignore[arg-type]
    stub.__cutover_stub__ = True  # type: ignore[attr-defined]
    return stub


def _instance(original: type, callee: Callee, *args: Any, **kwargs: Any) -> "StubObject":
    return StubObject(original, callee, (args, kwargs))


class StubObject:
    """Stands for an instance of a provider's class: each method is a stub that also notes how the instance was made."""

    def __init__(self, original: type, callee: Callee, made_with: tuple[tuple[Any, ...], Mapping[str, Any]]) -> None:
        self._original, self._callee = original, callee
        self.made_with = made_with

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        method = getattr(self._original, name)
        stub = stub_for(method, replace(self._callee, name=f"{self._callee.name}.{name}"))
        return functools.partial(stub, self)


def _sync(callee: Callee, shape: Shape) -> Callable[..., Any]:
    def stub(*args: Any, **kwargs: Any) -> Any:
        call = _Call(callee, shape, args, kwargs)
        if call.streams and shape.asynchronous:
            return call.stream(delay=call.delay)
        wait(call.delay)
        return call.stream() if call.streams else call.answer()

    return stub


def _coroutine(callee: Callee, shape: Shape) -> Callable[..., Any]:
    async def stub(*args: Any, **kwargs: Any) -> Any:
        call = _Call(callee, shape, args, kwargs)
        await wait_async(call.delay)
        return call.stream() if call.streams else call.answer()

    return stub


def _generator(callee: Callee, shape: Shape) -> Callable[..., Any]:
    def stub(*args: Any, **kwargs: Any) -> Iterator[Any]:
        call = _Call(callee, shape, args, kwargs)
        wait(call.delay)
        yield from call.chunks()

    return stub


def _async_generator(callee: Callee, shape: Shape) -> Callable[..., Any]:
    async def stub(*args: Any, **kwargs: Any) -> Any:
        call = _Call(callee, shape, args, kwargs)
        await wait_async(call.delay)
        async for item in AsyncChunkStream(call.chunks(), call.mark, pause=call.pause):
            yield item

    return stub


_MAKERS: Mapping[str, Callable[[Callee, Shape], Callable[..., Any]]] = {
    "sync": _sync,
    "coroutine": _coroutine,
    "generator": _generator,
    "async generator": _async_generator,
}


class _Call:
    """One call of a stub: noted when made; ends as its step says, at once, later (a cut), or after `delay` seconds.

    `pause` is what each chunk takes of a stream that is slow.
    """

    def __init__(self, callee: Callee, shape: Shape, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        rendered = {"args": [render(arg) for arg in args], "kwargs": render(dict(kwargs))}
        digest = sha256(json.dumps(rendered, sort_keys=True).encode()).hexdigest()[:8]
        self.mark = f"{callee.provider}.{callee.slot}.{digest}"
        self.model = _model(args, kwargs)
        self.streams = shape.stream or _asks_for_stream(args, kwargs)
        self._shape = shape
        self._entry, self._step = _note(callee, rendered)
        error = error_in(shape.library, self._step, f"provider://{callee.provider}/{callee.slot}")
        slow, hangs = self._step.kind == "slow", self._step.kind == "hang"
        self.delay = DAY if hangs else self._step.seconds if slow and not self.streams else 0.0
        self.pause = self._step.seconds if slow else 0.0
        self._late = error if hangs else None
        if error is not None and not hangs:
            raise error

    def answer(self) -> StubAnswer:
        """Give the plain answer, or end as the step says."""
        self._fail_late()
        if self._step.kind == "cut":
            raise self._cut()
        if self._step.kind == "malformed":
            return StubAnswer({"malformed": self.mark}, self.mark)
        return StubAnswer(answering(completion(self.mark, self.model)), self.mark)

    def stream(self, *, delay: float = 0.0) -> ChunkStream | AsyncChunkStream:
        """Give the answer as a stream of the kind that the caller of such a function expects."""
        if not delay:
            self._fail_late()
        if self._shape.asynchronous:
            return AsyncChunkStream(self.chunks(), self.mark, delay=delay, pause=self.pause)
        return ChunkStream(self.chunks(), self.mark)

    def chunks(self) -> Iterator[Any]:
        """Give the chunks of the stream until it ends as the step says."""
        self._fail_late()
        self._entry["taken"] = 0
        self._entry["taken_on"] = _here()
        for index in range(STREAM_CHUNKS):
            if not self._shape.asynchronous:
                wait(self.pause)
            if self._step.kind == "cut" and index >= self._step.number:
                raise self._cut()
            self._entry["taken"] = index + 1
            malformed = self._step.kind == "malformed"
            yield _formed(
                {"malformed": self.mark} if malformed else chunk(self.mark, self.model, index), self._shape.item
            )

    def _fail_late(self) -> None:
        if self._late is not None:
            raise self._late

    def _cut(self) -> Exception:
        return httpx.RemoteProtocolError(f"scripted {self._step}: {self.mark}")


def _note(callee: Callee, rendered: Json) -> tuple[Json, Step]:
    log = LOG.get()
    if log is None:
        return {}, Step()
    return log.call(
        provider=callee.provider,
        slot=callee.slot,
        function=callee.name,
        module=callee.module,
        bound=callee.bound,
        args=rendered["args"],
        kwargs=rendered["kwargs"],
        on=_here(),
    )


def _here() -> str:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "worker thread"
    return "event loop" if threading.current_thread() is threading.main_thread() else "another event loop"


def _model(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    named = kwargs.get("model", args[1] if len(args) > 1 else None)
    return named if isinstance(named, str) else "model"


def _asks_for_stream(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    asking = (kwargs, *(arg for arg in (*args, *kwargs.values()) if isinstance(arg, Mapping)))
    return any(options.get("stream") is True for options in asking)


def _formed(data: dict[str, Any], item: Item) -> Any:
    if item == "object":
        return answering(data)
    text = f"data: {json.dumps(data)}\n\n"
    return text.encode() if item == "bytes" else text
