"""Raw calls, by which all is held: one shared client, the body as ``json=``, the answer by ``.json()``."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from bench_worker._scenario import MESSAGES, MODEL

BODY = {"model": MODEL, "messages": MESSAGES}
STREAMED = {**BODY, "stream": True}
KEY = {"authorization": "Bearer key"}


class RawHttpx:
    """Calls of httpx, or of httpx2, which has the same interface."""

    def __init__(self, base: str, *, library: str = "httpx") -> None:
        self.ok, self.down = f"{base}/ok/v1/chat/completions", f"{base}/down/v1/chat/completions"
        self._client = import_module(library).Client(headers=KEY)
        self._client_async = import_module(library).AsyncClient(headers=KEY)

    def chat(self) -> str:
        """One call."""
        return _text(self._client.post(self.ok, json=BODY).json())

    async def chat_async(self) -> str:
        """One call in the event loop."""
        return _text((await self._client_async.post(self.ok, json=BODY)).json())

    def failover(self) -> str:
        """The same two calls that a failover makes."""
        self._client.post(self.down, json=BODY).json()
        return _text(self._client.post(self.ok, json=BODY).json())

    async def failover_async(self) -> str:
        """The same two calls in the event loop."""
        (await self._client_async.post(self.down, json=BODY)).json()
        return _text((await self._client_async.post(self.ok, json=BODY)).json())

    def stream(self) -> int:
        """One stream to its end, each chunk as a dict."""
        count = 0
        with self._client.stream("POST", self.ok, json=STREAMED) as response:
            for line in response.iter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    json.loads(line[6:])
                    count += 1
        return count

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        count = 0
        async with self._client_async.stream("POST", self.ok, json=STREAMED) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    json.loads(line[6:])
                    count += 1
        return count


class RawAiohttp:
    """Calls of aiohttp, in the event loop alone."""

    def __init__(self, base: str) -> None:
        self.ok, self.down = f"{base}/ok/v1/chat/completions", f"{base}/down/v1/chat/completions"
        self._session: Any = None

    async def chat_async(self) -> str:
        """One call."""
        return _text(await self._asked(self.ok))

    async def failover_async(self) -> str:
        """The same two calls that a failover makes."""
        await self._asked(self.down)
        return _text(await self._asked(self.ok))

    async def stream_async(self) -> int:
        """One stream to its end, each chunk as a dict."""
        count = 0
        async with self._client().post(self.ok, json=STREAMED) as response:
            async for line in response.content:
                if line.startswith(b"data: ") and line != b"data: [DONE]\n":
                    json.loads(line[6:])
                    count += 1
        return count

    async def _asked(self, url: str) -> Any:
        async with self._client().post(url, json=BODY) as response:
            return await response.json()

    def _client(self) -> Any:
        if self._session is None:
            self._session = import_module("aiohttp").ClientSession(headers=KEY)
        return self._session


def _text(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text
