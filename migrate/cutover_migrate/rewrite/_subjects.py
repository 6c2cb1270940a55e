"""Subjects that can be read once more: names, paths, methods of a text, and items.

Example: ``is_readable(ast.parse("request.provider.lower()", mode="eval").body)``
"""

from __future__ import annotations

import ast

TEXT_METHODS = frozenset({"capitalize", "casefold", "lower", "lstrip", "rstrip", "strip", "swapcase", "title", "upper"})
ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})
DEFAULTED = 2


def is_readable(subject: ast.expr) -> bool:
    """Whether reading the subject again gives the same and does nothing more (for an item: as far as anybody knows)."""
    return is_path(subject) or is_text_method(subject) or _is_item(subject)


def is_path(node: ast.expr) -> bool:
    """A name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_text_method(node: ast.expr) -> bool:
    """A method without arguments that every text has, called on a path (or on the result of another one)."""
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr=name), args=[], keywords=[]) if name in TEXT_METHODS:
            return is_path(base) or is_text_method(base)
        case _:
            return False


def _is_item(node: ast.expr) -> bool:
    """An item or attribute with a constant name: ``x["k"]``, ``x.get("k", "")``, ``getattr(x, "k", None)``."""
    match node:
        case ast.Subscript(value=base, slice=ast.Constant()):
            return is_readable(base)
        case ast.Attribute(value=base):
            return is_readable(base)
        case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[ast.Constant(), *default], keywords=[]):
            return is_readable(base) and _is_default(default)
        case ast.Call(func=ast.Name(id="getattr"), args=[base, ast.Constant(value=str()), *default], keywords=[]):
            return is_readable(base) and _is_default(default)
        case ast.Call(func=function, args=[ast.Constant(), *default], keywords=[]):
            return ast.unparse(function) in ENVIRONMENT and _is_default(default)
        case _:
            return False


def _is_default(arguments: list[ast.expr]) -> bool:
    return len(arguments) < DEFAULTED and all(isinstance(argument, ast.Constant) for argument in arguments)
