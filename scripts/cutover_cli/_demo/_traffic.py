"""Requests that the demo sends: both endpoints, plain and streamed, a few providers, faults of the upstream.

Example: ``send(client, requests()[0])``
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
FEW = ("groq", "near", "fireworks", None)
MANY = ("groq", "near", "together", "huggingface", "featherless", "xai", "google-vertex", "aimo")


@dataclass(frozen=True)
class Ask:
    """One request, and the fault that its upstream meets first (``None``: none)."""

    path: str
    body: dict[str, Any]
    fault: dict[str, Any] | None = None


def seeds() -> list[Ask]:
    """What is recorded: a few of each kind. The matrix of sites, keys and outcomes is generated from them."""
    asks = [_ask(path, provider, stream) for path in (CHAT, RESPONSES) for stream in (False, True) for provider in FEW]
    asks.append(_ask(CHAT, "hug", stream=False))
    asks.append(
        _ask(CHAT, "near", stream=False, fault={"provider": "near", "kind": "status", "status": 503, "times": 1})
    )
    asks.append(
        _ask(CHAT, "groq", stream=True, fault={"provider": "groq", "kind": "cut", "after_chunks": 2, "times": 1})
    )
    return asks


def load(rounds: int) -> Iterator[Ask]:
    """What is served with telemetry: every tenth request meets a failing provider."""
    number = 0
    for _ in range(rounds):
        for path in (CHAT, RESPONSES):
            for provider in MANY:
                number += 1
                stream = number % 3 == 0 and not (path == RESPONSES and provider == "google-vertex")
                fault = (
                    {"provider": provider, "kind": "status", "status": 503, "times": 1} if number % 10 == 0 else None
                )
                yield _ask(path, provider, stream, fault=fault)


def send(client: httpx.Client, ask: Ask, *, upstream: httpx.Client) -> httpx.Response:
    """Send one request, its fault set first."""
    if ask.fault is not None:
        upstream.post("/_faults", json=ask.fault).raise_for_status()
    return client.post(ask.path, json=ask.body)


def _ask(path: str, provider: str | None, stream: bool, fault: dict[str, Any] | None = None) -> Ask:
    body: dict[str, Any] = {"model": "meta-llama/Llama-3.3-70B", "stream": stream}
    body |= {"messages": [{"role": "user", "content": "Hello"}], "temperature": 0.2, "max_tokens": 64}
    if path == RESPONSES:
        body = {"model": body["model"], "stream": stream, "input": "Hello", "temperature": 0.2}
    return Ask(path, body | ({"provider": provider} if provider else {}), fault)
