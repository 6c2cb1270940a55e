"""Small changes to any JSON: whatever the body of a gateway looks like, it can be varied."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from cutover_parity._messages import Json
from cutover_parity.strategies._values import odd_values, texts

Address: TypeAlias = tuple[str | int, ...]
_LEAVES = 200


@st.composite
def mutated(draw: st.DrawFn, value: Json, *, most: int = 3) -> Json:
    """The value with up to so many changes; shrinks to the value itself."""
    changed = copy.deepcopy(value)
    for _ in range(draw(_counts(most))):
        places = list(_places(changed))[:_LEAVES]
        if not places:
            break
        address = draw(st.sampled_from(places))
        _change(draw, changed, address)
    return changed


def _places(value: Json, address: Address = ()) -> Iterator[Address]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*address, name)
        yield from _places(item, (*address, name))


def _change(draw: st.DrawFn, value: Json, address: Address) -> None:
    holder: Any = value
    for step in address[:-1]:
        holder = holder[step]
    last = address[-1]
    match draw(_kinds()):
        case "other":
            holder[last] = _own(draw(odd_values()))
        case "like":
            holder[last] = _own(draw(_like(holder[last])))
        case "null":
            holder[last] = None
        case "gone":
            del holder[last]
        case "nested":
            holder[last] = draw(st.sampled_from(([holder[last]], {"value": holder[last]})))
        case "twice" if isinstance(holder, list):
            holder.insert(int(last), copy.deepcopy(holder[int(last)]))
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from((f"{last}_", str(last).upper(), "extra", "")))] = _own(draw(odd_values()))


def _own(drawn: Json) -> Json:
    """A copy, none of whose parts stands anywhere else: a later change must not reach into itself."""
    return json.loads(json.dumps(drawn))


@cache
def _counts(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


@cache
def _kinds() -> st.SearchStrategy[str]:
    return st.sampled_from(("other", "like", "null", "gone", "nested", "twice", "beside"))


def _like(value: Json) -> st.SearchStrategy[Json]:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.sampled_from((0, 1, -1, value + 1, -value, value * 1000)) | st.integers()
    if isinstance(value, float):
        return st.sampled_from((0.0, -value, value * 2)) | st.floats(allow_nan=False)
    if isinstance(value, str):
        near = (value + " ", " " + value, value.upper(), value.title(), value[:-1], value + "-1")
        return st.sampled_from(near) | texts()
    if isinstance(value, list):
        return st.sampled_from(([], value[:1], value[::-1], value * 2))
    return st.sampled_from(({}, {**(value or {}), "extra": None}))
