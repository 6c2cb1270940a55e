"""Check the literals of a table, one kind each, with one clear message each."""

import math
from collections.abc import Iterable, Mapping

from cutover_registry.errors import InvalidEntry


def check_mapping(value: object, *, where: str) -> Mapping[str, object]:
    """Return `value` when it is a mapping whose keys are strings."""
    if not isinstance(value, Mapping):
        raise InvalidEntry(where, f"is {_shown(value)}; write a dict")
    for key in value:
        check_name(key, where=f"{where}, a key")
    return value


def check_fields(value: Mapping[str, object], allowed: Iterable[str], *, where: str) -> None:
    """Refuse fields that nothing reads: most are misspelt."""
    allowed = tuple(allowed)
    unknown = [field for field in value if field not in allowed]
    if unknown:
        raise InvalidEntry(where, f"has unknown fields {', '.join(map(repr, unknown))}; known are {', '.join(allowed)}")


def check_name(value: object, *, where: str) -> str:
    """Return `value` when it is a plain, non-empty string (no member of a str enum: its hash may differ)."""
    if type(value) is not str or not value:
        raise InvalidEntry(where, f"is {_shown(value)}; write a non-empty string")
    return value


def check_identifier(value: object, *, where: str, reserved: Iterable[str] = ()) -> str:
    """Return `value` when it can be read as an attribute and is not one that has a meaning already."""
    name = check_name(value, where=where)
    if not name.isidentifier() or name.startswith("_"):
        raise InvalidEntry(where, f"is {name!r}; write an identifier that does not begin with an underscore")
    if name in reserved:
        raise InvalidEntry(where, f"is {name!r}, which has a meaning of its own; choose another word")
    return name


def check_names(value: object, *, where: str) -> tuple[str, ...]:
    """Return the strings of a list or tuple, none of them twice."""
    if not isinstance(value, list | tuple):
        raise InvalidEntry(where, f"is {_shown(value)}; write a list of strings")
    names = tuple(check_name(item, where=f"{where}, an item") for item in value)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidEntry(where, f"has {', '.join(map(repr, twice))} twice; keep one")
    return names


def check_flag(value: object, *, where: str) -> bool:
    """Return `value` when it is True or False."""
    if not isinstance(value, bool):
        raise InvalidEntry(where, f"is {_shown(value)}; write True or False")
    return value


def check_seconds(value: object, *, where: str) -> float:
    """Return `value`, seconds, when it is a finite number above zero."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:  # type: ignore[arg-type, operator]
        raise InvalidEntry(where, f"is {_shown(value)}; write seconds, a number above zero")
    return value  # type: ignore[return-value]


def check_integer(value: object, *, where: str) -> int:
    """Return `value` when it is an int."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidEntry(where, f"is {_shown(value)}; write an int")
    return value


def _shown(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
