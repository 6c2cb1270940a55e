"""The one place that says what "telemetry on" is: `instrument()`, its middleware, and the registry's observed slots.

A call is what one request of a migrated gateway costs: a route around it, an attempt for each provider call, spans in
memory. What `instrument` exports is what this measures.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar

from cutover_registry import ProviderRegistry, Site
from cutover_telemetry import instrument

T = TypeVar("T")
SLOTS = ("chat", "chat_async", "stream", "stream_async")
START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b""}


class Observed:
    """Clients whose calls are observed; `Observed(clients).client("near").chat(...)` is one attempt."""

    def __init__(self, clients: Mapping[str, object]) -> None:
        tables = {
            "SITES": {slot: {"slots": [slot]} for slot in SLOTS},
            "SLOTS": {slot: f"{{}}_{slot}" for slot in SLOTS},
            "PROVIDER_CONFIGS": {name: {"module_name": "nowhere", "sites": "*"} for name in clients},
        }
        namespace = {f"{name}_{slot}": getattr(each, slot) for name, each in clients.items() for slot in SLOTS}
        sites = ProviderRegistry.from_mapping(tables).bind(namespace, *SLOTS)
        self._sites = dict(zip(SLOTS, sites, strict=True))
        self._telemetry = instrument(_application)
        self._serve = self._telemetry.app

    def seen(self) -> int:
        """How many attempts it has seen."""
        return len(self._telemetry.attempts())

    def client(self, name: str) -> ObservedClient:
        """One client, each of its calls an attempt."""
        return ObservedClient(self._sites, name)

    def run(self, call: Callable[[], T]) -> T:
        """One request whose handler makes the call in its own thread."""

        async def handler() -> T:
            return call()

        request = self.run_async(handler)
        try:
            request.send(None)
        except StopIteration as ended:
            answer: T = ended.value
            return answer
        raise AssertionError("the application waited")

    async def run_async(self, call: Callable[[], Awaitable[T]]) -> Any:
        """One request whose handler makes the call in the event loop."""
        scope: MutableMapping[str, Any] = {
            "type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": [], "call": call,
        }  # fmt: skip
        assert self._serve is not None
        await self._serve(scope, _receive, _send)
        return scope["answer"]


class ObservedClient:
    """A client as the routes of a gateway call it: resolved at each call, by one site for each slot."""

    def __init__(self, sites: Mapping[str, Site], name: str) -> None:
        self._sites, self._name = sites, name

    def chat(self, messages: Any, model: str) -> Any:
        """One attempt."""
        return self._sites["chat"].resolve(self._name).chat(messages, model)

    def chat_async(self, messages: Any, model: str) -> Any:
        """One attempt in the event loop."""
        return self._sites["chat_async"].resolve(self._name).chat_async(messages, model)

    def stream(self, messages: Any, model: str) -> Any:
        """One streamed attempt."""
        return self._sites["stream"].resolve(self._name).stream(messages, model)

    def stream_async(self, messages: Any, model: str) -> Any:
        """One streamed attempt in the event loop."""
        return self._sites["stream_async"].resolve(self._name).stream_async(messages, model)


async def _application(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG001 - ASGI's form
    scope["answer"] = await scope["call"]()
    await send(START)
    await send(BODY)


async def _receive() -> MutableMapping[str, Any]:
    return {"type": "http.request", "body": b""}


async def _send(message: MutableMapping[str, Any]) -> None:
    assert message
