"""Facts about syntax trees that every other part asks for: equality, text, termination, plain subjects."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

_IGNORED = frozenset({"kind", "type_comment", "type_ignores"})
_NodeT = TypeVar("_NodeT", bound=ast.AST)
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def same(one: object, other: object) -> bool:
    """Compare two trees without positions; constants by type too (1 is not True, nor 1.0)."""
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            fields = [field for field in left._fields if field not in _IGNORED]
            pending.extend((getattr(left, field, None), getattr(right, field, None)) for field in fields)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pending.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True


def first_line(code: ast.AST | Sequence[ast.AST] | None) -> str:
    """Give the first line of the code, as `ast.unparse` spells it; empty for no code."""
    if isinstance(code, Sequence):
        code = code[0] if code else None
    if code is None:
        return ""
    if isinstance(code, ast.ExceptHandler):
        return _header(f"except {ast.unparse(code.type)}:" if code.type else "except:")
    return _header(ast.unparse(code))


def _header(text: str) -> str:
    lines = text.strip().splitlines()
    decorated = next((line for line in lines if not line.startswith("@")), "")
    return decorated or (lines[0] if lines else "")


def is_plain(subject: ast.expr) -> bool:
    """Tell whether reading the expression is only a read: a name, and attributes or constant items of it."""
    if isinstance(subject, ast.Attribute):
        return is_plain(subject.value)
    if isinstance(subject, ast.Subscript):
        return is_plain(subject.value) and isinstance(subject.slice, ast.Constant)
    return isinstance(subject, ast.Name)


def ends(body: Sequence[ast.stmt]) -> bool:
    """Tell whether control never runs off the end of the statements."""
    return bool(body) and _statement_ends(body[-1])


def _statement_ends(last: ast.stmt) -> bool:
    match last:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=body, orelse=orelse):
            return ends(body) and ends(orelse)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            return ends(finalbody) or (ends([*body, *orelse]) and all(ends(handler.body) for handler in handlers))
        case ast.Match(cases=cases):
            return is_wildcard(cases[-1]) and all(ends(case.body) for case in cases)
        case _:
            return False


def is_wildcard(case: ast.match_case) -> bool:
    """Tell whether a `case` takes whatever comes."""
    pattern = case.pattern
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Give every identifier that the tree binds or reads as a variable (attributes are none)."""
    for node in ast.walk(tree):
        yield from _identifiers_of(node)


def _identifiers_of(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            return (name,)
        case ast.alias(name=name, asname=asname):
            return (asname or name.partition(".")[0],)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case _:
            bound = getattr(node, "name", None)
            return (bound,) if isinstance(bound, str) else ()


def copied(node: _NodeT) -> _NodeT:
    """Give a copy of the tree that may be changed."""
    made = type(node).__new__(type(node))
    vars(made).update({field: _copied(value) for field, value in vars(node).items()})
    return made


def _copied(value: object) -> object:
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return copied(value) if isinstance(value, ast.AST) else value
