"""What each route asks for and what it meets: a pure function of its number.

The faults travel in the question itself, by provider, so that the upstream needs no orders and any number of gateway
processes can be under way. The model bears the route's number: an attempt is known by model, provider and function.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

PROVIDERS = (
    "featherless", "fireworks", "together", "huggingface", "aimo", "xai", "cerebras", "chutes", "google-vertex",
    "near", "vercel-ai-gateway", "helicone", "aihubmix", "anannas", "alpaca-network", "alibaba-cloud", "clarifai",
    "groq", "cloudflare-workers-ai", "morpheus", "onerouter", "openrouter",
)  # fmt: skip
FALLBACKS = ("huggingface", "featherless", "fireworks", "together", "openrouter")
QUICK = (
    "400", "401", "403", "404", "429", "500", "502", "503", "504", "reset", "closed", "cut", "reset in the answer",
    "malformed", "empty",
)  # fmt: skip
SLOW = ("slow", "slow", "hang", "hang", "drip")
MARK = "chaos "
CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
UNSENDABLE = "\ud800"


@dataclass(frozen=True)
class Ask:
    """One request; `hang_up` is when its caller leaves, in seconds (None: never)."""

    number: int
    path: str
    body: dict[str, Any]
    hang_up: float | None


def ask(number: int) -> Ask:
    """The request of this number."""
    dice = random.Random(number)
    provider = PROVIDERS[number % len(PROVIDERS)]
    path = CHAT if dice.random() < 0.7 else RESPONSES
    body: dict[str, Any] = {"model": model(number), "provider": provider, "stream": dice.random() < 0.45}
    question = MARK + json.dumps(_faults(dice, provider))
    body |= {"input": question} if path == RESPONSES else {"messages": [{"role": "user", "content": question}]}
    if dice.random() < 0.02:
        body["tools"] = [{"type": "function", "function": {"name": UNSENDABLE}}]
    hang_up = dice.uniform(0.001, 0.12) if dice.random() < 0.07 else None
    return Ask(number, path, body, hang_up)


def model(number: int) -> str:
    """The model of a route; no provider has another name for it."""
    return f"chaos-{number}"


def number_of(named: str | None) -> int | None:
    """The route's number in a model, to which a provider's client may have added something of its own."""
    found = re.search(r"chaos-(\d+)", named or "")
    return int(found[1]) if found else None


def fault(body: dict[str, Any], provider: str) -> str:
    """What a request is to meet at this provider."""
    question = body["messages"][-1]["content"]
    if isinstance(question, list):
        question = "".join(part.get("text", "") for part in question)
    found: dict[str, str] = json.loads(question.removeprefix(MARK))
    return found.get(provider, "fine")


def _faults(dice: random.Random, first: str) -> dict[str, str]:
    found = {}
    if dice.random() < 0.5:
        found[first] = dice.choice(SLOW) if dice.random() < 0.08 else dice.choice(QUICK)
    for provider in FALLBACKS:
        if provider != first and dice.random() < 0.15:
            found[provider] = dice.choice(QUICK)
    return found
