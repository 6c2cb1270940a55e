"""Timeouts tables in forms that stay: not read in the one known way, or not a plain dict of numbers above zero."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._form import KeptForm, number_of, text_of


def kept_tables(source: Source) -> Iterator[KeptForm]:
    """Dicts from texts to numbers wherever they stand, and globals that are read as tables of numbers are."""
    own = {id(value): node for node in source.tree.body if (value := getattr(node, "value", None)) is not None}
    constants = {ast.unparse(node.targets[0]): node.value for node in source.tree.body if isinstance(node, ast.Assign)}
    reads = {
        name
        for name, default in reads_of(source.nodes)
        if number_of(constants.get(ast.unparse(default), default)) is not None
    }
    for node in source.nodes:
        keys = keys_of(node)
        if not keys or not isinstance(node, ast.expr):
            continue
        place = own.get(id(node), node)
        values = [number_of(value) for value in values_of(node)]
        name = getattr(place, "targets", [None])[0]
        if None in values:
            if isinstance(name, ast.Name) and name.id in reads:
                yield KeptForm("timeouts", place, keys, "a value of it is not written as a number")
        elif any(number is not None and not 0 < number < math.inf for number in values):
            yield KeptForm("timeouts", place, keys, "an entry's timeout is a number of seconds above zero")
        elif place is node or isinstance(node, ast.Call):
            yield KeptForm("timeouts", place, keys, "it is not a dict that is the value of a module's global")
        else:
            reason = "it is not read as `TABLE.get(provider, default)`, or its default is no number above zero"
            yield KeptForm("timeouts", place, keys, reason)


def keys_of(node: ast.AST) -> tuple[str, ...]:
    """The keys of a dict that has nothing but texts as keys, of ``dict(key=…)`` too; nothing for anything else."""
    match node:
        case ast.Dict(keys=[_, *_]):
            keys = [text_of(key) for key in node.keys]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=[_, *_]):
            keys = [keyword.arg for keyword in node.keywords]
        case _:
            return ()
    return tuple(key for key in keys if key is not None) if None not in keys else ()


def values_of(node: ast.AST) -> list[ast.expr]:
    """The values of such a dict."""
    return [keyword.value for keyword in node.keywords] if isinstance(node, ast.Call) else getattr(node, "values", [])


def reads_of(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """What is read as ``TABLE.get(…, default)``: the dotted name, and the default."""
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Attribute(value=(ast.Name() | ast.Attribute()) as table, attr="get"), args=[_, default]
            ):
                yield ast.unparse(table), default
