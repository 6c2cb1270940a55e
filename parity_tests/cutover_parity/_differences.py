"""Where two JSON values differ, as paths and the two values."""

from collections.abc import Iterator
from typing import Any

from cutover_parity._messages import Json

ABSENT = "(absent)"


def differences(one: Json, other: Json, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Give path, one value and the other for each place where two JSON values differ."""
    if type(one) is not type(other):
        yield path, one, other
    elif isinstance(one, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key, ABSENT), other.get(key, ABSENT), f"{path}.{key}" if path else str(key))
    elif isinstance(one, list):
        for index in range(max(len(one), len(other))):
            left = one[index] if index < len(one) else ABSENT
            right = other[index] if index < len(other) else ABSENT
            yield from differences(left, right, f"{path}[{index}]")
    elif one != other:
        yield path, one, other
