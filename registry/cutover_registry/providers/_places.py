"""Places in a provider's URL that the environment fills: an account, a region, a host."""

import re
from collections.abc import Mapping
from typing import Any

from cutover_registry.providers._spec import Dialect
from cutover_registry.providers.errors import NotConfigured

_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")


class Places(Dialect):
    """Fills places from the environment.

    >>> Places("near", {"account": ("NEAR_ACCOUNT",)}).settings({"NEAR_ACCOUNT": "a1"})
    {'account': 'a1'}
    """

    def __init__(self, provider: str, names: Mapping[str, tuple[str, ...]]) -> None:
        self.provider = provider
        self.names = names

    def settings(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Read every place; raise KeyError where one is not set."""
        return {place: filled(self.provider, environment, names) for place, names in self.names.items()}


def filled(provider: str, environment: Mapping[str, str], names: tuple[str, ...], default: str | None = None) -> str:
    """Read the first variable that is set.

    Raises:
        KeyError: None is, and there is no default.
        NotConfigured: What is there cannot stand in a URL.
    """
    name = next((name for name in names if environment.get(name)), None)
    if name is None:
        if default is None:
            raise KeyError(*names)
        return default
    value = environment[name]
    if not _USABLE.fullmatch(value):
        told = f"not configured; {name} is to stand in a URL and may have letters, digits and . _ : - alone"
        raise NotConfigured(told, provider=provider, names=(name,))
    return value


def without(body: dict[str, Any], part: str, *, of: str) -> dict[str, Any]:
    """Give a body whose messages lack a field: `of` is ``message`` or the type of a content part."""
    messages = body.get("messages")
    if not isinstance(messages, list | tuple):
        return body
    return {**body, "messages": [_without(message, part, of) for message in messages]}


def _without(message: Any, part: str, of: str) -> Any:
    if not isinstance(message, Mapping):
        return message
    if of == "message":
        return {name: value for name, value in message.items() if name != part}
    content = message.get("content")
    if not isinstance(content, list | tuple):
        return message
    return {**message, "content": [_part_without(each, part, of) for each in content]}


def _part_without(each: Any, part: str, of: str) -> Any:
    inner = each.get(of) if isinstance(each, Mapping) else None
    if not isinstance(inner, Mapping) or part not in inner:
        return each
    return {**each, of: {name: value for name, value in inner.items() if name != part}}
