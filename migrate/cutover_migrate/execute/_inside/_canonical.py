"""A value as text, such that equal texts mean that a callee could not tell the values apart.

Recorders are their labels; functions, generators and coroutines are their names (they are driven, so what they do is in
the log); anything else that has no literal is its type and what it holds. No code of the program runs for it.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Mapping
from typing import Any

from cutover_migrate.execute._inside._label import Labelled, label_of

PLAIN = (type(None), bool, int, float, complex, bytes, bytearray, range, type(...), type(NotImplemented))
NAMED = (
    types.FunctionType,
    types.CoroutineType,
    types.GeneratorType,
    types.AsyncGeneratorType,
    types.BuiltinFunctionType,
)
DEEPEST = 6
WIDEST = 200


def canonical(value: Any, depth: int = 0) -> str:
    """Give a value as text."""
    kind = type(value)
    if issubclass(kind, Labelled):
        return label_of(value)
    if kind is str or kind in PLAIN:
        return repr(value)
    if depth > DEEPEST:
        return "…"
    if kind in NAMED:
        return f"<{kind.__name__} {value.__name__}>"
    if kind in (list, tuple, set, frozenset):
        return _sequence(value, kind, depth)
    if kind is dict:
        return "{" + _pairs(value, depth) + "}"
    return _other(value, kind, depth)


def call_text(args: tuple[Any, ...], options: Mapping[str, Any]) -> str:
    """Give the arguments of a call as text."""
    texts = [canonical(each, 1) for each in args]
    texts += [f"{name}={canonical(each, 1)}" for name, each in options.items()]
    return ", ".join(texts)


def _sequence(value: Any, kind: type, depth: int) -> str:
    texts = [canonical(each, depth + 1) for each in list(value)[:WIDEST]]
    if kind in (set, frozenset):
        texts.sort()
    inner = ", ".join(texts)
    return f"[{inner}]" if kind is list else f"({inner})" if kind is tuple else f"{kind.__name__}({inner})"


def _pairs(value: Mapping[Any, Any], depth: int) -> str:
    pairs = list(value.items())[:WIDEST]
    return ", ".join(f"{canonical(name, depth + 1)}: {canonical(each, depth + 1)}" for name, each in pairs)


def _other(value: Any, kind: type, depth: int) -> str:
    if issubclass(kind, type):
        return f"<class {value.__name__}>"
    if issubclass(kind, enum.Enum):
        return f"{kind.__name__}.{value._name_}"
    if issubclass(kind, BaseException):
        return f"<{kind.__name__} {canonical(value.args, depth + 1)}>"
    if issubclass(kind, str):
        return f"{kind.__name__}({str.__repr__(value)})"
    if kind is types.MethodType:
        return f"<method {value.__name__} of {canonical(value.__self__, depth + 1)}>"
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return f"<{kind.__name__}>"
    return f"<{kind.__name__} {_pairs(held, depth)}>" if type(held) is dict else f"<{kind.__name__}>"
