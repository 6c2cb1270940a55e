"""Enum classes as they stand in the source: which text a member is, and whether it equals that text.

A class that gives members another meaning (its own equality, `__new__`, `_missing_`, another metaclass) is none.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

_TEXT_METHODS = frozenset({"__format__", "__repr__", "__str__"})
_TAKEN = frozenset({"mro", "name", "value"})


@dataclass(frozen=True, slots=True)
class EnumText:
    """A member's text; `equal` tells whether the member itself is that text."""

    text: str
    equal: bool


def enum_text(node: ast.ClassDef, member: str, names: Mapping[str, ast.stmt]) -> EnumText | None:
    """Give the text of a member of the class; `names` are the statements that bind its module's names."""
    kind = _kind(node, names)
    if kind is None or member.startswith("_") or member in _TAKEN:
        return None
    texts: list[str | None] = []
    for statement in node.body:
        names_bound = _bound(statement)
        if names_bound is None:
            return None
        if member in names_bound:
            texts.append(_text(statement))
    return EnumText(texts[0], kind == "text") if len(texts) == 1 and texts[0] is not None else None


def _kind(node: ast.ClassDef, names: Mapping[str, ast.stmt]) -> str | None:
    bases = [_enum_name(base, names) for base in node.bases]
    unique = all(_enum_name(decorator, names) == "unique" for decorator in node.decorator_list)
    if node.keywords or not unique or getattr(node, "type_params", []):
        return None
    if bases in (["str", "Enum"], ["StrEnum"]):
        return "text"
    return "plain" if bases == ["Enum"] else None


def _enum_name(node: ast.expr, names: Mapping[str, ast.stmt]) -> str | None:
    """Give the name that the `enum` module has for what the expression reads; `str` for the builtin."""
    match node:
        case ast.Name(id="str"):
            return None if "str" in names else "str"
        case ast.Name(id=name):
            statement = names.get(name)
            if isinstance(statement, ast.ImportFrom) and statement.module == "enum" and not statement.level:
                return next((each.name for each in statement.names if (each.asname or each.name) == name), None)
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            statement = names.get(module)
            if isinstance(statement, ast.Import):
                return next((name for each in statement.names if _imports_enum(each, module)), None)
    return None


def _imports_enum(alias: ast.alias, name: str) -> bool:
    return alias.name == "enum" and (alias.asname or alias.name) == name


def _bound(statement: ast.stmt) -> list[str] | None:
    """Give the names that a statement of an enum's body binds; None where the statement may change what members are."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return []
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return None if name.startswith("_") else [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            plain = name in _TEXT_METHODS or not (name in _TAKEN or name.startswith("_"))
            return [name] if plain else None
        case _:
            return None


def _text(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(value=ast.Constant(value=str(text))) | ast.AnnAssign(value=ast.Constant(value=str(text))):
            return text
        case _:
            return None
