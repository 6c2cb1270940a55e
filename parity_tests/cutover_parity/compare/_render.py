"""Stable rendering of arguments: equal in two processes when the values are equal, whatever their type.

No memory addresses, no set order; objects by their type and public fields; functions by their name.
"""

import dataclasses
import enum
import math
import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from cutover_parity._messages import Json, bytes_to_json, qualified

_ADDRESS = re.compile(r" (?:object )?at 0x[0-9a-fA-F]+")
_DEEPEST = 12
_NAMED = (str, int, complex, date, time, timedelta, PurePath, UUID)


def render(value: Any, depth: int = 0) -> Json:
    """Render a value as JSON."""
    if value is None or type(value) in {bool, int, str}:
        return value
    if depth > _DEEPEST:
        return f"<{qualified(type(value))} too deep>"
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return _series(value, depth)
    plain = _plain(value)
    return _object(value, depth) if plain is None else plain


def without_addresses(text: str) -> str:
    """Give the text without memory addresses."""
    return _ADDRESS.sub("", text)


def _mapping(value: Mapping[Any, Any], depth: int) -> Json:
    if hasattr(value, "__cutover_mark__"):
        return {"<answer of>": value.__cutover_mark__}
    items = {key if isinstance(key, str) else without_addresses(repr(key)): value[key] for key in list(value.keys())}
    fields = {key: render(items[key], depth + 1) for key in sorted(items)}
    return fields if type(value) is dict else {f"<{qualified(type(value))}>": fields}


def _series(value: Any, depth: int) -> Json:
    items = [render(item, depth + 1) for item in value]
    if isinstance(value, list):
        return items
    if isinstance(value, tuple):
        return {"<tuple>": items}
    return {"<set>": sorted(items, key=repr)}


def _plain(value: Any) -> Json:
    if isinstance(value, enum.Enum):
        return f"<{qualified(type(value))}.{value.name}>"
    if isinstance(value, float):
        return value if math.isfinite(value) else f"<float {value}>"
    if isinstance(value, bytes | bytearray | memoryview):
        return {"<bytes>": bytes_to_json(bytes(value))}
    if isinstance(value, BaseException):
        return f"<{qualified(type(value))}: {without_addresses(str(value))}>"
    return f"<{qualified(type(value))} {value}>" if isinstance(value, _NAMED) else _named(value)


def _named(value: Any) -> Json:
    if isinstance(value, type) or (hasattr(value, "__qualname__") and hasattr(value, "__module__")):
        return f"<{value.__module__}.{value.__qualname__}>"
    return None


def _object(value: Any, depth: int) -> Json:
    name = f"<{qualified(type(value))}>"
    if hasattr(value, "__cutover_mark__"):
        return {"<answer of>": value.__cutover_mark__}
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    elif isinstance(getattr(value, "__dict__", None), dict):
        fields = {key: item for key, item in vars(value).items() if not key.startswith("_")}
    else:
        return {name: without_addresses(repr(value))} if type(value).__dict__.get("__repr__") else name
    return {name: {key: render(item, depth + 1) for key, item in sorted(fields.items())}}
