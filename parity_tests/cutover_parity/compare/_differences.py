"""Where two JSON values differ, as paths and the two values.

Lists of different lengths are aligned at both ends first, so that one more item in the middle is one difference and
not one for each item after it. Numbers, booleans and texts are told apart: 1 is neither True nor 1.0. The order of an
object's fields counts as well.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from cutover_parity._messages import Json

ABSENT = "(absent)"
ORDER = "(order of fields)"
Found: TypeAlias = tuple[str, Any, Any]
Reordered: TypeAlias = Callable[[str, list[Any], list[Any]], tuple[list[Any], list[Any]] | None]


def differences(one: Json, other: Json, path: str = "", *, reordered: Reordered | None = None) -> list[Found]:
    """Give path, one value and the other for each place where two JSON values differ.

    `reordered` is asked for each pair of lists that differ: where order does not matter it gives them in an order in
    which they can be compared item by item; the lists themselves are given too then, as one difference at their path.
    """
    found: list[Found] = []
    _walk(one, other, path, found, reordered)
    return found


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are the same, their types and the order of their fields included."""
    return one is other or repr(one) == repr(other)


def _walk(one: Json, other: Json, path: str, found: list[Found], reordered: Reordered | None) -> None:
    kind = type(one)
    if kind is not type(other):
        found.append((path, one, other))
    elif kind is dict:
        if one != other or repr(one) != repr(other):
            _walk_fields(one, other, path, found, reordered)
    elif kind is list:
        if one != other or repr(one) != repr(other):
            _walk_items(one, other, path, found, reordered)
    elif one != other and not (one != one and other != other):  # noqa: PLR0124 - NaN is the same as NaN
        found.append((path, one, other))


def _walk_fields(
    one: dict[str, Any], other: dict[str, Any], path: str, found: list[Found], reordered: Reordered | None
) -> None:
    keys = list(one)
    if keys != list(other):
        if one.keys() == other.keys():
            found.append((f"{path}.{ORDER}" if path else ORDER, keys, list(other)))
        else:
            keys = sorted(one.keys() | other.keys())
    for key in keys:
        left, right = one.get(key, ABSENT), other.get(key, ABSENT)
        if left is not right and not (type(left) is str and left == right):
            _walk(left, right, f"{path}.{key}" if path else key, found, reordered)


def _walk_items(one: list[Any], other: list[Any], path: str, found: list[Found], reordered: Reordered | None) -> None:
    if reordered is not None and one and other:
        pair = reordered(path, one, other)
        if pair is not None:
            found.append((path, one, other))
            one, other = pair
    start = 0
    if len(one) != len(other):
        start = _common(one, other)
        end = _common(one[start:][::-1], other[start:][::-1])
        one, other = one[start : len(one) - end], other[start : len(other) - end]
    for index in range(max(len(one), len(other))):
        first = one[index] if index < len(one) else ABSENT
        second = other[index] if index < len(other) else ABSENT
        _walk(first, second, f"{path}[{start + index}]", found, reordered)


def _common(one: list[Any], other: list[Any]) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if not same(left, right):
            return index
    return min(len(one), len(other))
