"""What a test asks: is the subject one of these keys?

``p == "a"``, ``"a" == p``, ``p in ("a", "b")``, and ``or`` of those are :class:`Keyed`; ``p == "a" and …`` is
:class:`Guarded`; everything else is :class:`Open`, with the reason.

Example: ``read_test(ast.parse("p == 'a'", mode="eval").body)`` gives ``Keyed("Name(id='p', …)", subject, ("a",))``
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Symbol:
    """A key that is not a literal, such as an enum member; ``text`` is its source, ``node`` the expression.

    ``code`` says why no text is known for it.
    """

    text: str
    node: ast.expr | None = field(default=None, compare=False, repr=False)
    code: str = field(default="key-not-literal", compare=False, repr=False)


Key = str | bytes | int | float | complex | bool | None | Symbol


@dataclass(frozen=True)
class Keyed:
    """The test is true exactly for these keys of the subject."""

    dump: str
    subject: ast.expr
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Guarded:
    """The test can only be true for these keys, and asks for something more (in a set: that the subject has a hash)."""

    dump: str
    subject: ast.expr
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Open:
    """The test is not decided by a key."""

    code: str


Test = Keyed | Guarded | Open
IsKey = Callable[[ast.expr], bool]
"""Tells whether a name or a dotted path stands for a constant or an enum member."""


def subject_of(node: ast.expr) -> str:
    """A text that is equal for equal expressions."""
    return node.id if isinstance(node, ast.Name) else ast.dump(node)


def read_test(test: ast.expr, is_key: IsKey | None = None) -> Test:
    """Read one test; ``is_key`` is asked about names and paths that their shape alone does not show to be keys."""
    if isinstance(test, ast.Compare):
        return _read_compare(test, is_key)
    if isinstance(test, ast.BoolOp):
        return _read_or(test, is_key) if isinstance(test.op, ast.Or) else _read_and(test, is_key)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return Open("negated")
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "use_registry":
        return Open("both-arms")
    return Open("open-predicate")


def key_of(node: ast.expr, is_key: IsKey | None = None) -> Key | Open:
    """The key that an expression stands for."""
    if isinstance(node, ast.Constant) and node.value is not Ellipsis:
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return Symbol(ast.unparse(node), node)
    dotted = isinstance(node, (ast.Name, ast.Attribute)) and _is_dotted(node)
    if dotted and (_looks_constant(node) or (is_key is not None and is_key(node))):
        return symbol_of(node)
    return Open("open-predicate")


def symbol_of(node: ast.expr) -> Symbol:
    """An expression as a key."""
    return Symbol(ast.unparse(node), node)


def _looks_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id.isupper()
    inner = node.value if isinstance(node, ast.Attribute) and node.attr == "value" else node
    return isinstance(inner, ast.Attribute) and inner.attr[:1].isupper()


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _read_compare(test: ast.Compare, is_key: IsKey | None) -> Test:
    if len(test.ops) != 1:
        return Open("open-predicate")
    left, right, op = test.left, test.comparators[0], test.ops[0]
    if isinstance(op, (ast.NotEq, ast.NotIn, ast.IsNot)):
        return Open("negated")
    if isinstance(op, (ast.Eq, ast.Is)):
        return _read_equal(left, right, exact=isinstance(op, ast.Eq), is_key=is_key)
    if isinstance(op, ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        keys = [key_of(item, is_key) for item in right.elts]
        plain = tuple(key for key in keys if not isinstance(key, Open))
        if len(plain) == len(keys) and plain and not isinstance(key_of(left), (str, bytes, int, float)):
            kind = Guarded if isinstance(right, ast.Set) else Keyed
            return kind(subject_of(left), left, plain)
    return Open("open-predicate")


def _read_equal(left: ast.expr, right: ast.expr, *, exact: bool, is_key: IsKey | None) -> Test:
    key, subject = key_of(right, is_key), left
    if isinstance(key, Open) or isinstance(left, ast.Constant):
        key, subject = key_of(left, is_key), right
    if isinstance(key, Open) or isinstance(subject, ast.Constant):
        return Open("open-predicate")
    if not exact and key is not None:
        key = Symbol(f"is {key.text if isinstance(key, Symbol) else repr(key)}")
    return Keyed(subject_of(subject), subject, (key,))


def _read_or(test: ast.BoolOp, is_key: IsKey | None) -> Test:
    parts = [read_test(value, is_key) for value in test.values]
    keyed = [part for part in parts if isinstance(part, Keyed)]
    if len(keyed) == len(parts) and len({part.dump for part in keyed}) == 1:
        return Keyed(keyed[0].dump, keyed[0].subject, tuple(key for part in keyed for key in part.keys))
    return Open("open-predicate")


def _read_and(test: ast.BoolOp, is_key: IsKey | None) -> Test:
    first = read_test(test.values[0], is_key)
    if isinstance(first, (Keyed, Guarded)):
        return Guarded(first.dump, first.subject, first.keys)
    return Open("open-predicate")
