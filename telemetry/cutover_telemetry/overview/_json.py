"""An overview or a waterfall as plain data, the same field names; its form is in docs/reference/json.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from cutover_telemetry.overview._records import Overview, Waterfall

VERSION = 1


def to_json(shown: Overview | Waterfall) -> dict[str, Any]:
    """Dictionaries, lists, strings, numbers and None; what JSON has not (infinity, half of a character) is replaced."""
    return {"version": VERSION, **_plain(shown)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, str):
        return _sound(value)
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {_sound(str(name)): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _sound(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
