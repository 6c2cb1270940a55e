"""A model upstream on loopback that answers for every provider and fails when told to; both example gateways use it.

`POST /{provider}/v1/chat/completions` answers plain or, with `"stream": true`, as server-sent events (role, words,
finish, usage, `[DONE]`). An answer is a pure function of provider, model and messages, so that two runs can be compared
byte for byte.

    with serve_upstream() as upstream:          # or: python fake_upstream.py --port 8900
        httpx.post(f"{upstream.url}/groq/v1/chat/completions", json={"model": "m", "messages": []})

Faults: `POST /_faults {"provider": "near", "kind": "status", "status": 503, "times": 1}`; `DELETE /_faults` heals.
Log: `GET /_log` lists the requests received, `DELETE /_log` empties it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

CREATED = 1_735_689_600
LOG_LIMIT = 10_000
KINDS = ("status", "timeout", "cut", "malformed", "slow")
MALFORMED = b'{"id": "chatcmpl-broken", "choices": [{"index": 0, "delta": {"cont'
SLOW_SECONDS = 0.2
TIMEOUT_SECONDS = 30.0


class FaultRefused(ValueError):
    """A fault order that cannot be carried out; the message names the field."""


@dataclass
class Fault:
    """One way to fail, for one provider or all (`*`), the next `times` requests (None: until healed)."""

    kind: str
    provider: str = "*"
    status: int = 503
    after_chunks: int = 2
    times: int | None = 1
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.kind not in KINDS:
            raise FaultRefused(f"kind {self.kind!r} is unknown; known are {', '.join(KINDS)}")
        if not isinstance(self.provider, str) or not self.provider:
            raise FaultRefused(f"provider must be a name or '*', not {self.provider!r}")
        if not _is_whole(self.status) or not 400 <= self.status <= 599:
            raise FaultRefused(f"status must be between 400 and 599, not {self.status!r}")
        if not _is_whole(self.after_chunks) or self.after_chunks < 0:
            raise FaultRefused(f"after_chunks must be 0 or more, not {self.after_chunks!r}")
        if self.times is not None and (not _is_whole(self.times) or self.times < 1):
            raise FaultRefused(f"times must be 1 or more, or null for every request, not {self.times!r}")
        if self.seconds is not None and (not isinstance(self.seconds, int | float) or self.seconds < 0):
            raise FaultRefused(f"seconds must be 0 or more, not {self.seconds!r}")


@dataclass
class UpstreamState:
    """What one upstream has been told and has seen."""

    faults: list[Fault] = field(default_factory=list)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LIMIT))

    def take_fault(self, provider: str) -> Fault | None:
        """The first fault that fits this request; one of its times is used up."""
        for fault in self.faults:
            if fault.provider in ("*", provider):
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                return fault
        return None


@dataclass(frozen=True)
class RunningUpstream:
    """A served upstream: where it listens."""

    url: str
    port: int


class UnfinishedResponse(Response):
    """Sends a part of an answer and hangs up, so that the client sees a broken connection."""

    def __init__(self, parts: list[bytes], media_type: str, content_length: int | None = None) -> None:
        self.parts = parts
        super().__init__(media_type=media_type)
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        if content_length is not None:
            self.raw_headers.append((b"content-length", str(content_length).encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the parts; returning before the last `more_body` makes the server drop the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for part in self.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(0.02)


class EventStream(Response):
    """Server-sent events, one body message each, so that the chunk edges are those of the events."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self.events = events
        super().__init__(media_type="text/event-stream", headers={"cache-control": "no-cache"})
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send every event, then end the body."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for event in self.events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def create_upstream() -> Starlette:
    """A fresh upstream application with its own faults and its own log."""
    app = Starlette(
        routes=[
            Route("/_faults", _add_fault, methods=["POST"]),
            Route("/_faults", _list_faults, methods=["GET"]),
            Route("/_faults", _heal, methods=["DELETE"]),
            Route("/_log", _read_log, methods=["GET"]),
            Route("/_log", _empty_log, methods=["DELETE"]),
            Route("/{provider}/v1/chat/completions", _complete, methods=["POST"]),
        ]
    )
    app.state.upstream = UpstreamState()
    return app


@contextmanager
def serve_upstream(port: int = 0) -> Iterator[RunningUpstream]:
    """Serve a fresh upstream on 127.0.0.1 in a thread for the time of the block; port 0 takes any free one."""
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        config = uvicorn.Config(create_upstream(), lifespan="off", log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="fake-upstream", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            bound: int = listener.getsockname()[1]
            yield RunningUpstream(f"http://127.0.0.1:{bound}", bound)
        finally:
            server.should_exit = server.force_exit = True
            thread.join(timeout=10)
    finally:
        listener.close()


def answer_text(provider: str, model: object, messages: object) -> str:
    """What this upstream says to these messages; a few words, always the same ones."""
    question = _last_user_text(messages)
    return f"{provider} on {model} heard {len(question)} letters, mark {_mark(provider, model, messages)}."


async def _complete(request: Request) -> Response:
    """One model call."""
    state: UpstreamState = request.app.state.upstream
    provider = request.path_params["provider"]
    try:
        body = json.loads(await request.body())
    except ValueError:
        return _error(400, "the body is not JSON", provider)
    if not isinstance(body, dict):
        return _error(400, "the body is not a JSON object", provider)
    streamed = body.get("stream") is True
    state.log.append(
        {
            "provider": provider,
            "path": request.url.path,
            "model": body.get("model"),
            "stream": streamed,
            "headers": sorted(request.headers.keys()),
            "body": body,
        }
    )
    fault = state.take_fault(provider)
    if fault is None:
        return EventStream(_paced(_events(provider, body), 0.0)) if streamed else JSONResponse(_answer(provider, body))
    return await _fail(fault, request, provider, body)


async def _fail(fault: Fault, request: Request, provider: str, body: dict[str, Any]) -> Response:
    """The answer that the fault asks for."""
    if fault.kind == "status":
        return _error(fault.status, f"fault: {fault.status}", provider)
    if fault.kind == "timeout":
        await _hold(request, TIMEOUT_SECONDS if fault.seconds is None else fault.seconds)
        return _error(504, "fault: held too long", provider)
    pause = SLOW_SECONDS if fault.seconds is None else fault.seconds
    if body.get("stream") is True:
        return _fail_stream(fault, _events(provider, body), pause)
    if fault.kind == "slow":
        await asyncio.sleep(pause)
    return _fail_plain(fault, _answer(provider, body))


def _fail_stream(fault: Fault, events: list[bytes], pause: float) -> Response:
    """A stream that is cut, broken or slow."""
    if fault.kind == "cut":
        return UnfinishedResponse(events[: fault.after_chunks], "text/event-stream")
    if fault.kind == "malformed":
        broken = [*events[: fault.after_chunks], b"data: " + MALFORMED + b"\n\n", b"data: [DONE]\n\n"]
        return EventStream(_paced(broken, 0.0))
    return EventStream(_paced(events, pause))


def _fail_plain(fault: Fault, answer: dict[str, Any]) -> Response:
    """A plain answer that is cut, broken or (late by now) whole."""
    whole = json.dumps(answer).encode()
    if fault.kind == "cut":
        return UnfinishedResponse([whole[: len(whole) // 2]], "application/json", len(whole))
    return Response(MALFORMED if fault.kind == "malformed" else whole, media_type="application/json")


async def _hold(request: Request, seconds: float) -> None:
    """Keep the client waiting, unless it goes away first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not await request.is_disconnected():
        await asyncio.sleep(min(0.05, max(0.0, deadline - time.monotonic())))


def _answer(provider: str, body: dict[str, Any]) -> dict[str, Any]:
    """A plain completion."""
    model, messages = body.get("model"), body.get("messages")
    text = answer_text(provider, model, messages)
    message = {"role": "assistant", "content": text}
    return {
        "id": f"chatcmpl-{_mark(provider, model, messages)}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(messages, text),
    }


def _events(provider: str, body: dict[str, Any]) -> list[bytes]:
    """The same completion as events."""
    model, messages = body.get("model"), body.get("messages")
    text = answer_text(provider, model, messages)
    words = text.split(" ")
    thirds = [words[:2], words[2:5], words[5:]]
    pieces = [" ".join(part) + (" " if part is not thirds[-1] else "") for part in thirds if part]
    deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": piece}, None) for piece in pieces]
    deltas.append(({}, "stop"))
    head = {
        "id": f"chatcmpl-{_mark(provider, model, messages)}",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
    }
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} for delta, finish in deltas
    ]
    chunks.append({**head, "choices": [], "usage": _usage(messages, text)})
    return [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks] + [b"data: [DONE]\n\n"]


async def _paced(events: list[bytes], pause: float) -> AsyncIterator[bytes]:
    """The events, with a pause in seconds before each."""
    for event in events:
        await asyncio.sleep(pause)
        yield event


def _usage(messages: object, text: str) -> dict[str, int]:
    """Token counts: words, for want of a tokenizer."""
    asked = len(json.dumps(messages).split())
    said = len(text.split())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _mark(provider: str, model: object, messages: object) -> str:
    """Eight hexadecimal digits that tell one question from another."""
    question = json.dumps([provider, model, messages], sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()[:8]


def _last_user_text(messages: object) -> str:
    """The text of the last user message, empty if there is none."""
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            return content if isinstance(content, str) else json.dumps(content, sort_keys=True)
    return ""


def _is_whole(value: object) -> bool:
    """A whole number, and not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def _error(status: int, message: str, provider: str) -> JSONResponse:
    """An error body as model APIs give it."""
    headers = {"retry-after": "1"} if status == 429 else None
    error = {"message": message, "type": "fake_upstream", "provider": provider, "code": status}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


async def _add_fault(request: Request) -> Response:
    """Order a fault."""
    try:
        order = json.loads(await request.body())
        if not isinstance(order, dict):
            raise FaultRefused("a fault is a JSON object")
        unknown = sorted(order.keys() - Fault.__dataclass_fields__.keys())
        if unknown or "kind" not in order:
            raise FaultRefused(f"fields unknown: {unknown}" if unknown else "kind is missing")
        fault = Fault(**order)
    except ValueError as exc:
        return JSONResponse({"error": {"message": str(exc)}}, status_code=400)
    request.app.state.upstream.faults.append(fault)
    return JSONResponse(asdict(fault), status_code=201)


async def _list_faults(request: Request) -> Response:
    """The faults still to come."""
    return JSONResponse([asdict(fault) for fault in request.app.state.upstream.faults])


async def _heal(request: Request) -> Response:
    """Forget every fault."""
    request.app.state.upstream.faults.clear()
    return Response(status_code=204)


async def _read_log(request: Request) -> Response:
    """The requests received, oldest first."""
    return JSONResponse(list(request.app.state.upstream.log))


async def _empty_log(request: Request) -> Response:
    """Forget the requests received."""
    request.app.state.upstream.log.clear()
    return Response(status_code=204)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Return as soon as the server accepts requests."""
    for _ in range(2_000):
        if server.started:
            return
        if not thread.is_alive():
            break
        time.sleep(0.005)
    raise RuntimeError("the fake upstream did not start")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A model upstream on 127.0.0.1 for the example gateways.")
    parser.add_argument("--port", type=int, default=8900)
    uvicorn.run(create_upstream(), host="127.0.0.1", port=parser.parse_args().port, log_level="warning")


if __name__ == "__main__":
    main()
