"""Try a provider with the user's own key: is it configured, reachable, does it list models, answer, stream?

Example: ``check(ProviderClient(specs()["near"])).answers.state``

A call asks for a word or two. No text that comes out of here holds a key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cutover_registry.providers import (
    AuthenticationFailed,
    NotConfigured,
    ProviderCallError,
    ProviderClient,
    ProviderSpec,
    ProviderTimeout,
    ProviderUnreachable,
)

OK, FAILED, UNTRIED = "ok", "failed", "not tried"
STEPS = ("configured", "reachable", "models", "answers", "streams")
ASKED = ({"role": "user", "content": "Say ok."},)
MOST_TOKENS = 16
_SECRET = re.compile(r"KEY|TOKEN|_PAT$")
_NO_CHAT = re.compile(r"embed|rerank|whisper|tts|speech|audio|image|diffusion|flux|guard|moderation|ocr|video", re.I)


@dataclass(frozen=True)
class Step:
    """What came of one step, and a word on it: how many models, which model, or what went wrong.

    `is_final`: no other model would change it, since the key was refused or nothing came in time.
    """

    state: str = UNTRIED
    detail: str = ""
    is_final: bool = False


@dataclass(frozen=True)
class Checked:
    """What came of a provider."""

    name: str
    configured: Step = Step()
    reachable: Step = Step()
    models: Step = Step()
    answers: Step = Step()
    streams: Step = Step()

    def step(self, name: str) -> Step:
        """Give a step by its name."""
        step: Step = getattr(self, name)
        return step

    @property
    def failed(self) -> tuple[str, ...]:
        """The steps that failed."""
        return tuple(name for name in STEPS if self.step(name).state == FAILED)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        steps = {name: {"state": self.step(name).state, "detail": self.step(name).detail} for name in STEPS}
        return {"name": self.name, **steps}


def check(client: ProviderClient, *, model: str | None = None) -> Checked:
    """Try a provider, a step after the other; what cannot come of it is not tried."""
    found = Checked(client.spec.name, configured=_configured(client))
    if found.configured.state != OK:
        return found
    found, names = _listed(client, found)
    model = model or next((name for name in names if not _NO_CHAT.search(name)), None)
    if FAILED in {found.reachable.state, found.configured.state}:
        return found
    if model is None and found.models.is_final:
        return found
    if model is None:
        untried = Step(UNTRIED, f"name a model with --model {client.spec.name}=MODEL")
        return replace(found, answers=untried, streams=untried)
    found = _tried(client, found, "answers", lambda: _answer(client, model))
    if found.reachable.state == FAILED or "stream" not in client.spec.capabilities:
        return found
    return _tried(client, found, "streams", lambda: _stream(client, model))


def hidden(spec: ProviderSpec, text: str) -> str:
    """Take the values of the provider's keys out of a text; a file or a host that a variable names stays."""
    for name in filter(_SECRET.search, spec.key_env):
        value = os.environ.get(name, "")
        if len(value) > 3:
            text = text.replace(value, "[…]")
    return text


def _configured(client: ProviderClient) -> Step:
    if client.is_configured():
        return Step(OK)
    try:
        client.chat((), "-")
    except NotConfigured as error:
        return Step(FAILED, error.message)
    return Step(FAILED)


def _listed(client: ProviderClient, found: Checked) -> tuple[Checked, list[str]]:
    if client.spec.models_path is None:
        return replace(found, models=Step(UNTRIED, "it has no list of models")), []
    names: list[str] = []

    def listed() -> str:
        names.extend(client.models())
        return str(len(names))

    return _tried(client, found, "models", listed), names


def _tried(client: ProviderClient, found: Checked, step: str, call: Callable[[], str]) -> Checked:
    try:
        detail = call()
    except ProviderCallError as error:
        is_final = isinstance(error, AuthenticationFailed | ProviderTimeout)
        told = Step(FAILED, hidden(client.spec, error.message), is_final)
        steps: dict[str, Any] = {step: told}
        if isinstance(error, NotConfigured):
            return replace(found, configured=told)
        if isinstance(error, ProviderUnreachable) or (isinstance(error, ProviderTimeout) and error.phase == "connect"):
            return replace(found, reachable=told)
        reached = found.reachable if isinstance(error, ProviderTimeout) else Step(OK)
        return replace(found, reachable=reached, **steps)
    steps = {step: Step(OK, detail)}
    return replace(found, reachable=Step(OK), **steps)


def _answer(client: ProviderClient, model: str) -> str:
    client.chat(ASKED, model, max_tokens=MOST_TOKENS)
    return model


def _stream(client: ProviderClient, model: str) -> str:
    with client.stream(ASKED, model, max_tokens=MOST_TOKENS) as stream:
        count = sum(1 for _ in stream)
    return f"{model}, {count} chunks"
