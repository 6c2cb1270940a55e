"""Which subjects may be read again: plain reads, text methods of them, and items of a mapping.

The legacy chain reads its subject once a test, the registry once a look-up; each kind says what that takes for granted.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cutover_migrate.certificate._axioms import ITEM_READ, TEXT_METHOD, Axiom

_TEXT_METHODS = frozenset(
    {"capitalize", "casefold", "lower", "lstrip", "rstrip", "strip", "swapcase", "title", "upper"}
)


def subject_axioms(subject: ast.expr) -> frozenset[Axiom] | None:
    """Give what reading the subject again takes for granted; None for a subject that may not be read again."""
    match subject:
        case ast.Name():
            return frozenset()
        case ast.Attribute(value=owner):
            return subject_axioms(owner)
        case ast.Subscript(value=owner, slice=ast.Constant()):
            return _with(owner, ITEM_READ)
        case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[], keywords=[]) if method in _TEXT_METHODS:
            return _with(owner, TEXT_METHOD)
        case ast.Call(func=ast.Attribute(value=owner, attr="get" | "getenv"), args=args, keywords=[]):
            return _with(owner, ITEM_READ) if _is_item(args) else None
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, *args], keywords=[]):
            return _with(owner, ITEM_READ) if _is_item(args) else None
        case _:
            return None


def subject_name(subject: ast.expr) -> str | None:
    """Give the name whose text a subject is: its own, or that which a text method is called on."""
    match subject:
        case ast.Name(id=name):
            return name
        case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[], keywords=[]) if method in _TEXT_METHODS:
            return subject_name(owner)
        case _:
            return None


def _is_item(args: Sequence[ast.expr]) -> bool:
    """Tell whether the arguments are a constant key, with a constant default or without."""
    return 1 <= len(args) <= 2 and all(isinstance(arg, ast.Constant) for arg in args)


def _with(owner: ast.expr, axiom: Axiom) -> frozenset[Axiom] | None:
    found = subject_axioms(owner)
    return None if found is None else found | {axiom}
