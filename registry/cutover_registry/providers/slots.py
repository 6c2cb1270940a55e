"""The clients as provider functions, for the table of a migrated application.

    "near": {"slots": {
        "make_request": "cutover_registry.providers.slots:near.make_request",
        "process_response": "cutover_registry.providers.slots:near.process_response",
        "make_request_stream": "cutover_registry.providers.slots:near.make_request_stream"}}

A provider's name is written with ``_`` where it has ``-``.
"""

from collections.abc import Mapping
from typing import Any

from cutover_registry.providers import AsyncChatStream, ChatStream, client, specs
from cutover_registry.providers._client import Messages


class ProviderFunctions:
    """The functions of one provider; the client is looked up at each call."""

    def __init__(self, name: str) -> None:
        self.name = name

    def make_request(self, messages: Messages, model: str, **options: Any) -> dict[str, Any]:
        """Ask for a completion."""
        return client(self.name).chat(messages, model, **options)

    async def make_request_async(self, messages: Messages, model: str, **options: Any) -> dict[str, Any]:
        """Ask for a completion in the event loop."""
        return await client(self.name).chat_async(messages, model, **options)

    def process_response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """Give an answer, which is in the common form already, with the fields that gateways read."""
        return {"usage": {}, **response}

    def make_request_stream(self, messages: Messages, model: str, **options: Any) -> ChatStream:
        """Ask for a stream."""
        return client(self.name).stream(messages, model, **options)

    async def make_request_stream_async(self, messages: Messages, model: str, **options: Any) -> AsyncChatStream:
        """Ask for a stream in the event loop."""
        return await client(self.name).stream_async(messages, model, **options)


_BY_IDENTIFIER = {name.replace("-", "_").replace(".", "_"): name for name in specs()}


def __getattr__(identifier: str) -> ProviderFunctions:
    name = _BY_IDENTIFIER.get(identifier)
    if name is None:
        raise AttributeError(f"module {__name__!r} has no provider {identifier!r}; it has: {', '.join(_BY_IDENTIFIER)}")
    functions = globals()[identifier] = ProviderFunctions(name)
    return functions
