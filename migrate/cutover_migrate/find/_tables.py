"""Dictionaries that are keyed by texts, written out in a statement: what a chain would be, had it been a table.

They are only told of, where their keys are those of the providers; a table that is one already is left alone.

Example: ``find_tables(ast.parse('CALLS = {"near": call_near, "far": call_far}'))[0].keys`` is ``("near", "far")``
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from cutover_migrate.find._source import every_statement

FEWEST_KEYS = 2
MOST_KEYS = 256
HOLDERS = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)


@dataclass(frozen=True)
class KeyedTable:
    """One dictionary; ``name`` is what it is given to, empty where it is used at once."""

    line: int
    end_line: int
    name: str
    keys: tuple[str, ...]


def find_tables(module: ast.Module) -> list[KeyedTable]:
    """Every dictionary with texts alone as keys that a statement gives to a name, returns or looks up in."""
    statements = (node for node in every_statement(module) if isinstance(node, HOLDERS) and node.value is not None)
    found = [table for node in statements if (table := _table(node)) is not None]
    return sorted(found, key=lambda table: table.line)


def _table(node: ast.Assign | ast.AnnAssign | ast.Return | ast.Expr) -> KeyedTable | None:
    value = node.value
    while isinstance(value, (ast.Subscript, ast.Call, ast.Attribute, ast.Await)):
        value = value.func if isinstance(value, ast.Call) else value.value
    if not isinstance(value, ast.Dict) or not FEWEST_KEYS <= len(value.keys) <= MOST_KEYS:
        return None
    keys = [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    if len(keys) != len(value.keys):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    name = ast.unparse(targets[0]) if value is node.value and targets[0] is not None else ""
    return KeyedTable(value.lineno, value.end_lineno or value.lineno, name, tuple(keys))
