"""Enum classes read as text: of which kind one is, and what its members stand for.

A class whose comparison, hash or values a method of its own could change is no enum here.

Example: ``class_kind(node, base_of, decorated=False)`` gives ``"text-enum"`` for ``class P(str, Enum)``
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from cutover_migrate.find._scope import DEFINITIONS, bound_by

EnumKind = Literal["text", "other"]
Base = Literal["str", "number", "enum", "text-enum", "number-enum", "mixin", "unique"]
BUILTIN_BASES: dict[str, Base] = {"str": "str", "int": "number", "object": "mixin"}
STANDARD_BASES: dict[str, Base] = {
    "enum.Enum": "enum",
    "enum.StrEnum": "text-enum",
    "enum.IntEnum": "number-enum",
    "enum.Flag": "number-enum",
    "enum.IntFlag": "number-enum",
    "enum.unique": "unique",
}
SHOWN_ONLY = frozenset({"__str__", "__repr__", "__format__", "__doc__", "__module__"})
TAKEN = frozenset({"value", "name"})


def class_kind(node: ast.ClassDef, base_of: Callable[[ast.expr], Base | None]) -> Base | None:
    """What a class is to its members and to the classes below it, ``None`` where that is not known."""
    bases = {base_of(base) for base in node.bases}
    plain = not node.keywords and all(base_of(each) == "unique" for each in node.decorator_list)
    if None in bases or not plain or not _only_names(node):
        return None
    if "number-enum" in bases or {"number", "enum"} <= bases:
        return "number-enum"
    if "text-enum" in bases or {"str", "enum"} <= bases:
        return "text-enum"
    return "enum" if "enum" in bases else "mixin" if bases <= {"mixin"} else None


def enum_kind(kind: Base | None) -> EnumKind | None:
    """How the members of a class of this kind compare: as their texts, or otherwise; ``None`` for no enum."""
    if kind == "text-enum":
        return "text"
    return "other" if kind in ("enum", "number-enum") else None


def member_value(node: ast.ClassDef, name: str) -> ast.expr | None:
    """The value that a class body gives to a member, where one statement alone does."""
    if name.startswith("_"):
        return None
    match _statements(node).get(name):
        case [ast.Assign(targets=[ast.Name()], value=value)] | [ast.AnnAssign(value=ast.expr() as value)]:
            return value
        case _:
            return None


def _only_names(node: ast.ClassDef) -> bool:
    """Whether a class body only sets names, none of which decides what its members are."""
    names = set(_statements(node))
    special = {name for name in names if name.startswith("_") and name.endswith("_")}
    return all(map(_is_known, node.body)) and special <= SHOWN_ONLY and not names & TAKEN


@lru_cache(maxsize=64)
def _statements(node: ast.ClassDef) -> dict[str, list[ast.stmt]]:
    """The statements of a class body that bind each name."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in node.body:
        for name in dict.fromkeys(_bound(statement)):
            found.setdefault(name, []).append(statement)
    return found


def _is_known(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()) | ast.Pass():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False


def _bound(statement: ast.stmt) -> list[str]:
    """The names that a statement of a class body binds there."""
    parts = [statement] if isinstance(statement, DEFINITIONS) else ast.walk(statement)
    return [name for part in parts for name in bound_by(part)]
