"""The peers, each as its own documentation has it: one client that is kept, no retries, failover where it has any.

Their answers and chunks are left in the form that they give, which is in their favour: ours are dicts.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bench_worker._scenario import MESSAGES, MODEL

PLACES = ("ok", "down")


class HandWritten:
    """A loop over two clients, for a package that has no failover; `_down` is what it goes on after."""

    _down: type[Exception] = Exception

    def chat(self, place: str = "ok") -> str:
        """One call."""
        raise NotImplementedError

    async def chat_async(self, place: str = "ok") -> str:
        """One call in the event loop."""
        raise NotImplementedError

    def failover(self) -> str:
        """A loop over two clients."""
        try:
            return self.chat("down")
        except self._down:
            return self.chat()

    async def failover_async(self) -> str:
        """The same in the event loop."""
        try:
            return await self.chat_async("down")
        except self._down:
            return await self.chat_async()


class OpenAI(HandWritten):
    """The SDK of OpenAI; it has no failover, so a hand-written loop stands in."""

    def __init__(self, base: str) -> None:
        sdk = import_module("openai")
        options = {"api_key": "key", "max_retries": 0}
        self._down = sdk.APIStatusError
        self._sync = {place: sdk.OpenAI(base_url=f"{base}/{place}/v1", **options) for place in PLACES}
        self._async = {place: sdk.AsyncOpenAI(base_url=f"{base}/{place}/v1", **options) for place in PLACES}

    def chat(self, place: str = "ok") -> str:
        """One call."""
        return _text(self._sync[place].chat.completions.create(model=MODEL, messages=MESSAGES))

    async def chat_async(self, place: str = "ok") -> str:
        """One call in the event loop."""
        return _text(await self._async[place].chat.completions.create(model=MODEL, messages=MESSAGES))

    def stream(self) -> int:
        """One stream to its end."""
        return sum(1 for _ in self._sync["ok"].chat.completions.create(model=MODEL, messages=MESSAGES, stream=True))

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        opened = await self._async["ok"].chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        return await _counted(opened)


class AnyLLM(HandWritten):
    """any-llm, with one client for each place and mode, since its own loops and ours cannot share one."""

    def __init__(self, base: str) -> None:
        library = import_module("any_llm")
        self._sync, self._async = (
            {
                place: library.AnyLLM.create("openai", api_key="key", api_base=f"{base}/{place}/v1", max_retries=0)
                for place in PLACES
            }
            for _ in range(2)
        )

    def chat(self, place: str = "ok") -> str:
        """One call."""
        return _text(self._sync[place].completion(model=MODEL, messages=MESSAGES))

    async def chat_async(self, place: str = "ok") -> str:
        """One call in the event loop."""
        return _text(await self._async[place].acompletion(model=MODEL, messages=MESSAGES))

    def stream(self) -> int:
        """One stream to its end."""
        return sum(1 for _ in self._sync["ok"].completion(model=MODEL, messages=MESSAGES, stream=True))

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        return await _counted(await self._async["ok"].acompletion(model=MODEL, messages=MESSAGES, stream=True))


class AISuite(HandWritten):
    """aisuite, with one client for each place; a hand-written loop for the failover."""

    def __init__(self, base: str) -> None:
        library = import_module("aisuite")
        options = {"api_key": "key", "max_retries": 0}
        self._model = f"openai:{MODEL}"
        self._clients = {
            place: library.Client({"openai": {"base_url": f"{base}/{place}/v1", **options}}).chat.completions
            for place in PLACES
        }

    def chat(self, place: str = "ok") -> str:
        """One call."""
        return _text(self._clients[place].create(model=self._model, messages=MESSAGES))

    async def chat_async(self, place: str = "ok") -> str:
        """One call in the event loop."""
        return _text(await self._clients[place].acreate(model=self._model, messages=MESSAGES))

    def stream(self) -> int:
        """One stream to its end."""
        return sum(1 for _ in self._clients["ok"].create(model=self._model, messages=MESSAGES, stream=True))

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        return await _counted(await self._clients["ok"].acreate(model=self._model, messages=MESSAGES, stream=True))


class LiteLLM:
    """The functions of LiteLLM, with its own fallbacks."""

    def __init__(self, base: str) -> None:
        self._library = _litellm()
        place = {"api_key": "key", "max_retries": 0}
        self._ok = {"model": f"openai/{MODEL}", "api_base": f"{base}/ok/v1", **place}
        self._down = {**self._ok, "api_base": f"{base}/down/v1", "fallbacks": [self._ok]}

    def chat(self) -> str:
        """One call."""
        return _text(self._library.completion(messages=MESSAGES, **self._ok))

    async def chat_async(self) -> str:
        """One call in the event loop."""
        return _text(await self._library.acompletion(messages=MESSAGES, **self._ok))

    def failover(self) -> str:
        """One call with a fallback."""
        return _text(self._library.completion(messages=MESSAGES, **self._down))

    async def failover_async(self) -> str:
        """The same in the event loop."""
        return _text(await self._library.acompletion(messages=MESSAGES, **self._down))

    def stream(self) -> int:
        """One stream to its end."""
        return sum(1 for _ in self._library.completion(messages=MESSAGES, stream=True, **self._ok))

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        return await _counted(await self._library.acompletion(messages=MESSAGES, stream=True, **self._ok))


class LiteLLMRouter:
    """LiteLLM's Router, with its own fallbacks; without cooldowns, so that each call tries both."""

    def __init__(self, base: str) -> None:
        places = {
            place: {"model": f"openai/{MODEL}", "api_key": "key", "api_base": f"{base}/{place}/v1", "max_retries": 0}
            for place in PLACES
        }
        self._router = _litellm().Router(
            model_list=[{"model_name": place, "litellm_params": params} for place, params in places.items()],
            fallbacks=[{"down": ["ok"]}],
            num_retries=0,
            disable_cooldowns=True,
        )

    def chat(self) -> str:
        """One call."""
        return _text(self._router.completion("ok", MESSAGES))

    async def chat_async(self) -> str:
        """One call in the event loop."""
        return _text(await self._router.acompletion("ok", MESSAGES))

    def failover(self) -> str:
        """One call with a fallback."""
        return _text(self._router.completion("down", MESSAGES))

    async def failover_async(self) -> str:
        """The same in the event loop."""
        return _text(await self._router.acompletion("down", MESSAGES))

    def stream(self) -> int:
        """One stream to its end."""
        return sum(1 for _ in self._router.completion("ok", MESSAGES, stream=True))

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        return await _counted(await self._router.acompletion("ok", MESSAGES, stream=True))


def _litellm() -> Any:
    library: Any = import_module("litellm")
    library.telemetry = False
    library.suppress_debug_info = True
    return library


async def _counted(chunks: Any) -> int:
    count = 0
    async for _ in chunks:
        count += 1
    return count


def _text(answer: Any) -> str:
    text: str = answer.choices[0].message.content
    return text
