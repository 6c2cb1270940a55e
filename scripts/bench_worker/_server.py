"""A loopback server that costs little: answers are made once, and a request is looked at just enough to pick one.

Below ``/ok`` it answers, below ``/down`` with status 503; a body that asks for a stream gets one, a write for each
chunk. ``/stats`` tells how many requests it answered and the CPU seconds it used.

Example: ``python -m bench_worker._server`` prints the port, and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from bench_worker._scenario import CHUNKS, MODEL, TEXT

LENGTH = b"content-length:"
COMMON = {"id": "chatcmpl-1", "created": 1750000000, "model": MODEL}
USAGE = {"prompt_tokens": 120, "completion_tokens": 90, "total_tokens": 210}
DOWN = {"error": {"message": "the model is overloaded", "type": "overloaded", "code": 503}}


def answer(status: str, data: object) -> bytes:
    """A whole answer, with its head."""
    body = json.dumps(data).encode()
    head = f"HTTP/1.1 {status}\r\nserver: loopback\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return f"{head}x-request-id: 0123456789abcdef\r\n\r\n".encode() + body


def stream() -> list[bytes]:
    """The writes of a streamed answer."""
    head = "HTTP/1.1 200 OK\r\nserver: loopback\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    size = len(TEXT) // (CHUNKS - 1) + 1
    deltas: list[dict[str, object]] = [
        {"role": "assistant", "content": TEXT[at * size : (at + 1) * size]} for at in range(CHUNKS - 1)
    ]
    events = [_event(delta, None) for delta in deltas] + [_event({}, "stop"), b"data: [DONE]\n\n"]
    pieces = [f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in events]
    return [
        f"{head}x-request-id: 0123456789abcdef\r\n\r\n".encode() + pieces[0],
        *pieces[1:-1],
        pieces[-1] + b"0\r\n\r\n",
    ]


def _event(delta: dict[str, object], reason: str | None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return b"data: " + json.dumps({**COMMON, "object": "chat.completion.chunk", "choices": choices}).encode() + b"\n\n"


MESSAGE = {"role": "assistant", "content": TEXT}
CHOICES = [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}]
ANSWER = answer("200 OK", {**COMMON, "object": "chat.completion", "choices": CHOICES, "usage": USAGE})
FAILURE = answer("503 Service Unavailable", DOWN)
STREAM = stream()


class Answering(asyncio.Protocol):
    """One connection; requests may come in pieces."""

    answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        rest = self._rest + data
        while (end := rest.find(b"\r\n\r\n") + 4) > 3:
            head = rest[:end].lower()
            at = head.find(LENGTH)
            size = int(head[at + len(LENGTH) : head.index(b"\r", at)]) if at >= 0 else 0
            if len(rest) < end + size:
                break
            self._answer(head, rest[end : end + size])
            rest = rest[end + size :]
        self._rest = rest

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /stats"):
            self._transport.write(answer("200 OK", {"requests": Answering.answered, "cpu": time.process_time()}))
            return
        Answering.answered += 1
        if head.startswith(b"post /down"):
            self._transport.write(FAILURE)
        elif b'"stream":true' in body or b'"stream": true' in body:
            for piece in STREAM:
                self._transport.write(piece)
        else:
            self._transport.write(ANSWER)


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
