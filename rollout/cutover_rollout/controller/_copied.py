"""A deep copy of records of counts, so that a look leaves the rollout that it was given as it was.

`copy.deepcopy` would do, at many times the cost: this knows that there are records, containers and plain values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

Some = TypeVar("Some")
_PLAIN = frozenset({int, float, str, bool, type(None), frozenset})


class _Form(NamedTuple):
    """How the records of a class are copied: its fields, how all are read at once, and whether it is called anew."""

    names: tuple[str, ...]
    read: Callable[[Any], Any]
    called: bool


def copied(value: Some) -> Some:
    """The same, with every list, dict, deque and mutable record in it made anew; frozen records are kept."""
    made: Some = _copied(value)
    return made


def _copied(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return value if not value or type(value[0]) in _PLAIN else tuple(map(_copied, value))
    if kind is list:
        return value[:] if not value or type(value[0]) in _PLAIN else [_copied(each) for each in value]
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    if kind is deque:
        return deque(value, value.maxlen)
    form = _form(kind)
    return value if form is None else _record(kind, form, value)


def _record(kind: Any, form: _Form, value: Any) -> Any:
    parts = [each if type(each) in _PLAIN else _copied(each) for each in form.read(value)]
    if form.called:
        return kind(*parts)
    made = kind.__new__(kind)
    for name, each in zip(form.names, parts, strict=True):
        setattr(made, name, each)
    return made


@cache
def _form(kind: Any) -> _Form | None:
    params = getattr(kind, "__dataclass_params__", None)
    if params is None or params.frozen:
        return None
    every = fields(kind)
    names = tuple(each.name for each in every)
    read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    return _Form(names, read, all(each.init for each in every) and not hasattr(kind, "__post_init__"))
