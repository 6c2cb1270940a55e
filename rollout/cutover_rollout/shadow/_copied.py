"""Arguments as plain data: taken while the served call waits, so in bounded time, and made into values again.

Only what is written down as data goes across: JSON, tuples, bytes, sets, numbers, enumerations, dataclasses and
pydantic models. Anything else (a client, a request object, a function) ends the copy: such a call is not shadowed.

>>> restored(copied((["hi"], {"n": 1}), Room(1000)))
(['hi'], {'n': 1})
"""

import base64
import enum
import importlib
import math
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any
MARK = "$"
NODE = 96
_DEEPEST = 24
_SERIES: dict[str, type] = {"tuple": tuple, "set": set, "frozenset": frozenset}


class NotCopied(Exception):
    """A value does not go across; says why in few words."""


class Room:
    """How many bytes a copy may still take; each value takes `NODE` besides its own."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, size: int) -> None:
        """Take so much, or raise NotCopied."""
        self.left -= size + NODE
        if self.left < 0:
            raise NotCopied("they are larger than the budget")


def copied(value: Any, room: Room, depth: int = 0) -> Json:
    """Give a value as JSON; raises NotCopied."""
    kind = type(value)
    if kind is str:
        room.take(len(value))
        return value
    room.take(0)
    if value is None or kind is bool or kind is int:
        return value
    if depth > _DEEPEST:
        raise NotCopied("they are nested too deeply")
    if kind is list:
        return [copied(item, room, depth + 1) for item in value]
    if kind is dict:
        return _mapping(value, room, depth + 1)
    return _marked(value, room, depth + 1)


def restored(data: Json) -> Any:
    """Make a value again; imports the classes that it names."""
    if isinstance(data, list):
        return [restored(item) for item in data]
    if not isinstance(data, dict):
        return data
    mark = data.get(MARK)
    if mark is None:
        return {name: restored(item) for name, item in data.items()}
    of = data["of"]
    if mark in _SERIES:
        return _SERIES[mark](restored(item) for item in of)
    return _MADE[mark](of)


def _mapping(value: dict[Any, Any], room: Room, depth: int) -> Json:
    if MARK not in value and all(type(key) is str for key in value):
        return {key: copied(item, room, depth) for key, item in value.items()}
    return {MARK: "dict", "of": [[copied(key, room, depth), copied(item, room, depth)] for key, item in value.items()]}


def _marked(value: Any, room: Room, depth: int) -> Json:
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else {MARK: "float", "of": repr(value)}
    if kind is bytes:
        room.take(2 * len(value))
        return {MARK: "bytes", "of": base64.b64encode(value).decode()}
    if kind.__name__ in _SERIES and kind is _SERIES[kind.__name__]:
        return {MARK: kind.__name__, "of": [copied(item, room, depth) for item in value]}
    if isinstance(value, enum.Enum):
        return {MARK: "enum", "of": [_place(kind), value.name]}
    if is_dataclass(kind):
        held = {field.name: getattr(value, field.name) for field in fields(kind)}
        return {MARK: "dataclass", "of": [_place(kind), _mapping(held, room, depth)]}
    if hasattr(kind, "model_construct") and hasattr(kind, "model_fields"):
        return {MARK: "model", "of": [_place(kind), _mapping(dict(vars(value)), room, depth)]}
    raise NotCopied(f"they hold a {kind.__module__}.{kind.__qualname__}")


def _place(kind: type) -> str:
    if "<" in kind.__qualname__:
        raise NotCopied(f"they hold a {kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _kind(place: str) -> Any:
    module, _, name = place.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _dataclass(of: Json) -> Any:
    made = object.__new__(_kind(of[0]))
    for name, item in of[1].items():
        object.__setattr__(made, name, restored(item))
    return made


_MADE: dict[str, Any] = {
    "dict": lambda of: {restored(key): restored(item) for key, item in of},
    "float": float,
    "bytes": base64.b64decode,
    "enum": lambda of: _kind(of[0])[of[1]],
    "dataclass": _dataclass,
    "model": lambda of: _kind(of[0]).model_construct(**restored(of[1])),
}
