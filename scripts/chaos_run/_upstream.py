"""The upstream: answers for every provider, fails as the question says, and counts each request that reached it whole.

It is little more than a socket, so that it can reset a connection, cut an answer and go silent like a real one. As
`python -m chaos_run._upstream` it prints its port, and at the end of its standard input what it counted.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from typing import Any, ClassVar

from chaos_run._plan import fault

LENGTH = b"content-length:"
SILENCE, PAUSE, DRIPS = 1.2, 0.02, 40
WORDS = ("all ", "providers ", "fail ", "sometimes")
RESET = struct.pack("ii", 1, 0)


class Upstream(asyncio.Protocol):
    """One connection."""

    reached: ClassVar[Counter[str]] = Counter()
    running: ClassVar[set[asyncio.Task[None]]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer the request once it is whole."""
        self._rest += data
        end = self._rest.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        head = self._rest[:end].lower()
        at = head.find(LENGTH) + len(LENGTH)
        size = int(head[at : head.index(b"\r", at)])
        if len(self._rest) >= end + size:
            path, body = head.split(b" ", 2)[1].decode(), json.loads(self._rest[end : end + size])
            self._rest = self._rest[end + size :]
            task = asyncio.ensure_future(self._answer(path.split("/")[1], body))
            Upstream.running.add(task)
            task.add_done_callback(Upstream.running.discard)

    async def _answer(self, provider: str, body: dict[str, Any]) -> None:
        kind = fault(body, provider)
        Upstream.reached[f"{provider} {body['model']}"] += 1
        if kind.isdecimal():
            self._send(plain({"error": {"message": "chaos", "code": int(kind)}}, status=int(kind)))
        elif kind in {"reset", "closed"}:
            self._leave(reset=kind == "reset")
        elif kind == "hang":
            await asyncio.sleep(SILENCE)
            self._leave(reset=False)
        elif body.get("stream"):
            await self._stream(kind, body)
        else:
            await self._plain(kind, body)

    async def _plain(self, kind: str, body: dict[str, Any]) -> None:
        whole = plain({"choices": []} if kind == "empty" else answer(body))
        if kind in {"cut", "reset in the answer"}:
            self._send(whole[: len(whole) - 20])
            await asyncio.sleep(0)
            self._leave(reset=kind != "cut")
        elif kind == "malformed":
            self._send(plain(b'{"choices": [{"index'))
        elif kind == "drip":
            for place in range(0, len(whole), len(whole) // DRIPS + 1):
                self._send(whole[place : place + len(whole) // DRIPS + 1])
                await asyncio.sleep(2 * PAUSE)
        else:
            await asyncio.sleep(PAUSE if kind == "slow" else 0)
            self._send(whole)

    async def _stream(self, kind: str, body: dict[str, Any]) -> None:
        self._send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for place, event in enumerate([] if kind == "empty" else events(body)):
            if place == 2 and kind in {"cut", "reset in the answer"}:
                self._leave(reset=kind != "cut")
                return
            self._send(chunk(b'data: {"choices": [{\n\n' if place == 2 and kind == "malformed" else event))
            await asyncio.sleep(PAUSE if kind in {"slow", "drip"} else 0)
        self._send(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def _send(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _leave(self, *, reset: bool) -> None:
        if reset and not self._transport.is_closing():
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.close()


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """A whole completion."""
    message = {"role": "assistant", "content": "".join(WORDS)}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_735_689_600, "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": len(WORDS), "total_tokens": 12 + len(WORDS)},
    }  # fmt: skip


def events(body: dict[str, Any]) -> list[bytes]:
    """The same as events."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_735_689_600, "model": body["model"]}
    choices = [{"index": 0, "delta": {"content": word}, "finish_reason": None} for word in WORDS]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": answer(body)["usage"]}
    parts: list[dict[str, Any]] = [*({"choices": [choice]} for choice in choices), last]
    return [b"data: " + json.dumps(head | part).encode() + b"\n\n" for part in parts]


def plain(data: object, *, status: int = 200) -> bytes:
    """A whole answer with its head."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    head = f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def chunk(data: bytes) -> bytes:
    """A chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps(Upstream.reached), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
