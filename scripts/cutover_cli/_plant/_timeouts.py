"""Timeouts: one that a template asks for is lost or another.

Those that count: a `timeout=` that reaches the provider's function, what asyncio's `wait_for` and `timeout` and anyio's
`fail_after` and `move_on_after` are given, and a provider's own `timeout` where such a place reads it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cutover_cli._plant._calls import slot_calls
from cutover_cli._plant._fault import Fault
from cutover_cli._plant._sources import Splice
from cutover_cli._plant._tree import Place, Tree

_POSITIONS = {"asyncio.wait_for": 1, "asyncio.timeout": 0, "anyio.fail_after": 0, "anyio.move_on_after": 0}


@dataclass(frozen=True, slots=True)
class AskedTimeout:
    """One place of the template: what is given there, and the splice after which nothing is."""

    value: ast.expr
    lost: Splice


def changed_timeout(tree: Tree, place: Place) -> Iterator[Fault]:
    """A timeout of the template is lost or changed, or that of one entry which the template reads."""
    for asked in _asked(tree, place):
        text, more = place.source.segment(asked.value), _more(place, asked.value)
        if not (isinstance(asked.value, ast.Constant) and asked.value.value is None):
            yield Fault(place.source, (asked.lost,), f"the timeout `{text}` is lost")
        yield Fault(
            place.source, (place.source.replaced(asked.value, more),), f"the timeout is `{more}`, no longer `{text}`"
        )
        if place.is_read(asked.value, ("timeout",)):
            yield from _of_entries(tree, place)


def _asked(tree: Tree, place: Place) -> Iterator[AskedTimeout]:
    for call in slot_calls(tree, place):
        for keyword in call.arguments:
            if isinstance(keyword, ast.keyword) and keyword.arg == "timeout":
                yield AskedTimeout(keyword.value, call.without(keyword))
    calls = (node for part in place.template for node in ast.walk(part) if isinstance(node, ast.Call))
    for node in sorted(calls, key=place.source.span):
        position = _POSITIONS.get(tree.definitions.imported(place.module, ast.unparse(node.func)))
        value = None if position is None else _given(node, position)
        if value is not None:
            yield AskedTimeout(value, place.source.replaced(value, "None"))


def _given(call: ast.Call, position: int) -> ast.expr | None:
    named = (keyword.value for keyword in call.keywords if keyword.arg in ("timeout", "delay"))
    return call.args[position] if len(call.args) > position else next(named, None)


def _more(place: Place, value: ast.expr) -> str:
    match value:
        case ast.Constant(value=None):
            return "7"
        case ast.Constant(value=int() | float() as seconds):
            return repr(seconds * 2 + 1)
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript():
            return f"{place.source.segment(value)} + 7"
        case _:
            return f"({place.source.segment(value)}) + 7"


def _of_entries(tree: Tree, place: Place) -> Iterator[Fault]:
    config = tree.config
    for provider in tree.served(place):
        seconds = config.entries[provider].get("timeout")
        if isinstance(seconds, int | float):
            sentence = f"the timeout of {provider!r} is {seconds * 2 + 1}, no longer {seconds}"
            yield Fault(config.source, config.with_field(provider, "timeout", seconds * 2 + 1), sentence)
