"""Ready clients for providers of chat completions; needs the extra ``[providers]`` from the first call on.

    from cutover_registry.providers import client
    answer = client("near").chat([{"role": "user", "content": "hi"}], "llama-3.3-70b-instruct")

Listing and reading `specs()` imports no client library.
"""

import threading
from collections.abc import Mapping

from cutover_registry.errors import UnknownProvider
from cutover_registry.providers._budget import Timeouts
from cutover_registry.providers._chunks import AsyncChatStream, ChatStream
from cutover_registry.providers._client import ProviderClient
from cutover_registry.providers._spec import CAPABILITIES, Dialect, ModelRule, ProviderSpec
from cutover_registry.providers._specs import SPECS
from cutover_registry.providers._vertex import Token, VertexDialect
from cutover_registry.providers.errors import (
    AnswerUnreadable,
    AuthenticationFailed,
    ModelNotFound,
    NotConfigured,
    ProviderCallError,
    ProviderFailed,
    ProviderRedirected,
    ProviderStatusError,
    ProviderTimeout,
    ProviderUnreachable,
    RateLimited,
    RequestRefused,
    StreamBroken,
)

__all__ = [
    "CAPABILITIES",
    "AnswerUnreadable",
    "AsyncChatStream",
    "AuthenticationFailed",
    "ChatStream",
    "Dialect",
    "ModelNotFound",
    "ModelRule",
    "NotConfigured",
    "ProviderCallError",
    "ProviderClient",
    "ProviderFailed",
    "ProviderRedirected",
    "ProviderSpec",
    "ProviderStatusError",
    "ProviderTimeout",
    "ProviderUnreachable",
    "RateLimited",
    "RequestRefused",
    "StreamBroken",
    "Timeouts",
    "Token",
    "VertexDialect",
    "aclose_all",
    "client",
    "close_all",
    "specs",
]

_clients: dict[tuple[str, str | None], ProviderClient] = {}
_lock = threading.Lock()


def specs() -> Mapping[str, ProviderSpec]:
    """Give what is known of each provider, by name.

    >>> specs()["openrouter"].key_env
    ('OPENROUTER_API_KEY',)
    """
    return SPECS


def client(name: str, *, transport: str | None = None) -> ProviderClient:
    """Give the one client of a provider; its connections are shared by everybody who asks.

    Args:
        name: Of `specs`.
        transport: ``httpx``, ``httpx2`` or ``aiohttp``; without, what ``CUTOVER_TRANSPORT`` says, else httpx, or
            httpx2 where that is not installed.

    Raises:
        UnknownProvider: When nothing is known of it.
        ValueError: When there is no such transport.
    """
    known = _clients.get((name, transport))
    if known is not None:
        return known
    if name not in SPECS:
        raise UnknownProvider(name, SPECS)
    with _lock:
        return _clients.setdefault((name, transport), ProviderClient(SPECS[name], transport=transport))


def close_all() -> None:
    """Close the connections that the clients hold for threads."""
    for each in list(_clients.values()):
        each.close()


async def aclose_all() -> None:
    """Close the connections that the clients hold for this event loop, and those for threads."""
    for each in list(_clients.values()):
        await each.aclose()
