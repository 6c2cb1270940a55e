"""Drives a bare application for the benchmarks: its upstream answers in the process, nothing is compared.

Run in the application's root: ``python scripts/bench_driver.py src.main:app < bodies.json``; prints requests a second.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from typing import Any

import httpx

ANSWER = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip
CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
         "choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}]}  # fmt: skip


def answer(request: httpx.Request) -> httpx.Response:
    """What every provider answers."""
    if b'"stream": true' in request.content or b'"stream":true' in request.content:
        events = f"data: {json.dumps(CHUNK)}\n\n" * 3 + "data: [DONE]\n\n"
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=events)
    return httpx.Response(200, json=ANSWER)


async def drive(app: Any, bodies: list[dict[str, str]]) -> float:
    """Send every body once to warm up and once to measure."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=60) as client:
        for _ in range(2):
            started = time.perf_counter()
            for body in bodies:
                headers = {"content-type": "application/json"}
                await client.post(body["path"], content=body["body"], headers=headers)
            elapsed = time.perf_counter() - started
    return len(bodies) / elapsed


def main() -> None:
    """Read the bodies, load the application, drive it."""
    bodies = json.loads(sys.stdin.read())
    mock = httpx.MockTransport(answer)
    httpx.HTTPTransport.handle_request = lambda _self, request: mock.handle_request(request)  # type: ignore[method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = (  # type: ignore[method-assign]
        lambda _self, request: mock.handle_async_request(request)
    )
    sys.path.insert(0, "")
    module, _, attribute = sys.argv[1].partition(":")
    print(asyncio.run(drive(getattr(importlib.import_module(module), attribute), bodies)))


if __name__ == "__main__":
    main()
