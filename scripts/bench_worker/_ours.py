"""Our own clients and failover: plain, and as a migrated gateway with full telemetry has them."""

from __future__ import annotations

from bench_worker._scenario import MESSAGES, MODEL
from bench_worker._telemetry_on import Observed, ObservedClient
from cutover_registry.failover import Failover
from cutover_registry.providers import ProviderClient, specs

UP, DOWN = "together", "groq"


class Ours:
    """`ProviderClient`, and `Failover` over two of them."""

    def __init__(self, base: str, *, transport: str = "httpx") -> None:
        paths = {UP: f"{base}/ok/v1", DOWN: f"{base}/down/v1"}
        self.clients: dict[str, ProviderClient | ObservedClient] = {
            name: ProviderClient(specs()[name], key="key", base_url=url, transport=transport)
            for name, url in paths.items()
        }
        self._up = self.clients[UP]
        self._chain = Failover([DOWN, UP])

    def chat(self) -> str:
        """One call."""
        return _text(self._up.chat(MESSAGES, MODEL))

    async def chat_async(self) -> str:
        """One call in the event loop."""
        return _text(await self._up.chat_async(MESSAGES, MODEL))

    def failover(self) -> str:
        """One route whose first provider answers 503."""
        return _text(self._chain.run(lambda name: self.clients[name].chat(MESSAGES, MODEL)))

    async def failover_async(self) -> str:
        """One such route in the event loop."""
        return _text(await self._chain.run_async(lambda name: self.clients[name].chat_async(MESSAGES, MODEL)))

    def stream(self) -> int:
        """One stream to its end."""
        with self._up.stream(MESSAGES, MODEL) as chunks:
            return sum(1 for _ in chunks)

    async def stream_async(self) -> int:
        """One stream in the event loop."""
        count = 0
        async with await self._up.stream_async(MESSAGES, MODEL) as chunks:
            async for _ in chunks:
                count += 1
        return count


class OursInChain(Ours):
    """The same with a chain around each call whose first provider answers."""

    def __init__(self, base: str) -> None:
        super().__init__(base)
        self._happy = Failover([UP, DOWN])

    def chat(self) -> str:
        """One route."""
        return _text(self._happy.run(lambda name: self.clients[name].chat(MESSAGES, MODEL)))

    async def chat_async(self) -> str:
        """One route in the event loop."""
        return _text(await self._happy.run_async(lambda name: self.clients[name].chat_async(MESSAGES, MODEL)))

    def stream(self) -> int:
        """One route whose answer is a stream."""
        with self._happy.stream(lambda name: self.clients[name].stream(MESSAGES, MODEL)) as chunks:
            return sum(1 for _ in chunks)

    async def stream_async(self) -> int:
        """One such route in the event loop."""
        count = 0
        opened = self._happy.stream_async(lambda name: self.clients[name].stream_async(MESSAGES, MODEL))
        async with await opened as chunks:
            async for _ in chunks:
                count += 1
        return count


class OursObserved(Ours):
    """The same through the registry, with a span for each route and each attempt, and their records."""

    def __init__(self, base: str, *, transport: str = "httpx") -> None:
        super().__init__(base, transport=transport)
        self._observed = Observed(self.clients)
        self.clients = {name: self._observed.client(name) for name in self.clients}
        self._up = self.clients[UP]

    def seen(self) -> int:
        """How many attempts telemetry has seen."""
        return self._observed.seen()

    def chat(self) -> str:
        """One route."""
        return self._observed.run(super().chat)

    async def chat_async(self) -> str:
        """One route in the event loop."""
        answer: str = await self._observed.run_async(super().chat_async)
        return answer

    def failover(self) -> str:
        """One route with two attempts."""
        return self._observed.run(super().failover)

    async def failover_async(self) -> str:
        """One such route in the event loop."""
        answer: str = await self._observed.run_async(super().failover_async)
        return answer

    def stream(self) -> int:
        """One streamed route."""
        return self._observed.run(super().stream)

    async def stream_async(self) -> int:
        """One such route in the event loop."""
        count: int = await self._observed.run_async(super().stream_async)
        return count


def _text(answer: dict[str, object]) -> str:
    text: str = answer["choices"][0]["message"]["content"]  # type: ignore[index]
    return text
