"""What is known of one provider: where it is, how it is asked, and where it deviates from the common dialect.

An entry is data. What data cannot say (a token that expires, an account in the URL) is a `Dialect`, a small object in a
module of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CAPABILITIES = ("stream", "tools", "multimodal", "json_mode", "usage_in_stream", "seed", "logprobs", "n", "models")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ModelRule:
    """How the provider spells a model: a prefix to take off, one to put before names that lack it, a suffix likewise.

    >>> ModelRule(prefix="accounts/fireworks/models/", unless="/").apply("llama-v3")
    'accounts/fireworks/models/llama-v3'
    """

    strip: str = ""
    prefix: str = ""
    suffix: str = ""
    unless: str = ""

    def apply(self, model: str) -> str:
        """Give the name as the provider spells it; `unless` occurs in names that are left alone."""
        model = model.removeprefix(self.strip)
        if self.unless and self.unless in model:
            return model
        model = model if model.startswith(self.prefix) else self.prefix + model
        return model if model.endswith(self.suffix) else model + self.suffix


class Dialect:
    """Where a provider deviates; every method gives what the common dialect does until it is overridden."""

    def settings(self, environment: Mapping[str, str]) -> Mapping[str, str]:  # noqa: ARG002 - for overriding
        """Read what the URL needs besides the key; raise KeyError with the variables' names where none is set."""
        return _NOTHING

    def key(
        self,
        environment: Mapping[str, str],
        names: tuple[str, ...],
        *,
        within: float | None = None,  # noqa: ARG002 - for overriding
    ) -> str | None:
        """Give the key that a request carries now; None where none of the variables is set.

        Where it has to be fetched, `within` is the seconds that the call has left.
        """
        return next((environment[name] for name in names if environment.get(name)), None)

    def has_key(self, environment: Mapping[str, str], names: tuple[str, ...]) -> bool:
        """Tell whether `key` would give one, without asking anybody for it."""
        return any(environment.get(name) for name in names)

    def waits(self, environment: Mapping[str, str]) -> bool:  # noqa: ARG002 - for overriding
        """Tell whether `key` may wait for the network now, so that an event loop asks for it in a thread."""
        return False

    def refused(self, environment: Mapping[str, str], key: str) -> None:
        """Take note that a request with this key was answered with 401."""

    def body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Turn the common body into the provider's."""
        return body

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """Turn the provider's answer into the common one."""
        return data

    def chunk(self, data: dict[str, Any]) -> dict[str, Any]:
        """Turn one chunk of the provider's stream into the common one."""
        return data

    def models(self, data: Any) -> list[str]:
        """Give the names in the provider's list of models."""
        entries = data.get("data", data.get("models", data.get("result", ()))) if isinstance(data, dict) else data
        names = [entry.get("id", entry.get("name")) if isinstance(entry, dict) else entry for entry in entries or ()]
        return [str(name) for name in names if name]

    def error(self, data: Any) -> Any:
        """Give the part of an error answer that has ``message``, ``type`` and ``code``."""
        return data.get("error", data) if isinstance(data, dict) else data


COMMON = Dialect()


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One provider.

    Attributes:
        name: As tables and requests spell it.
        title: As people spell it.
        base_url: With places for settings (``{account}``); no slash at its end.
        key_env: Environment variables with the key, the first one that is set wins; none: no key is needed.
        documentation: Where its API is described; None: nothing was found, it is treated as OpenAI-compatible.
        settings_env: Environment variables with what the URL needs besides.
        auth: The header with the key; ``Authorization`` takes it as a Bearer token.
        headers: Sent with every request.
        chat_path: Path of the chat completions.
        models_path: Path of the list of models; None: it has none.
        model: How models are spelt.
        unsupported: Parameters that it refuses or ignores; they are left out.
        renamed: Parameters by another name there.
        defaults: Parameters that it needs where the caller gives none.
        limits: Documented limits, for people.
        capabilities: Of `CAPABILITIES`.
        deviations: Where it differs from the common dialect, one line each, for people.
        finish_reasons: Its words to the common ones.
        dialect: What data cannot say.
    """

    name: str
    title: str
    base_url: str
    key_env: tuple[str, ...]
    documentation: str | None
    settings_env: tuple[str, ...] = ()
    auth: str = "Authorization"
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    chat_path: str = "/chat/completions"
    models_path: str | None = "/models"
    model: ModelRule | None = None
    unsupported: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    limits: Mapping[str, str] = field(default_factory=dict, hash=False)
    capabilities: tuple[str, ...] = ("stream", "tools", "models")
    deviations: tuple[str, ...] = ()
    finish_reasons: Mapping[str, str] = field(default_factory=dict, hash=False)
    dialect: Dialect = field(default=COMMON, hash=False, compare=False)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.capabilities) - set(CAPABILITIES))
        if unknown:
            raise ValueError(f"provider {self.name!r}: unknown capability {unknown[0]!r}; known are {CAPABILITIES}")
        if not self.base_url.startswith(("https://", "http://")) or self.base_url.endswith("/"):
            raise ValueError(
                f"provider {self.name!r}: base_url is {self.base_url!r}; write https://… with no / at its end"
            )
