"""Facts about syntax trees that every other part asks for: equality, text, termination, identifiers."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

_IGNORED = frozenset({"kind", "type_comment", "type_ignores"})
_PARTLESS = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
_LEAVES = frozenset({str, int, type(None), *(leaf for kind in _PARTLESS for leaf in kind.__subclasses__())})
_NodeT = TypeVar("_NodeT", bound=ast.AST)
FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def parsed(data: bytes) -> ast.Module | SyntaxError:
    """Parse, and compile without running, which finds what the grammar alone does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
            compile(tree, "<certificate>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError) as error:
        return SyntaxError(str(error))
    return tree


def walk(tree: ast.AST) -> list[ast.AST]:
    """Give the tree and every node in it, level by level; contexts and operators, which have no parts, are left out."""
    found = [tree]
    for node in found:
        found.extend(children(node))
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """Give the nodes right below a node, in order, without contexts and operators."""
    found: list[ast.AST] = []
    for value in vars(node).values():
        kind = type(value)
        if kind is list:
            found += [part for part in value if type(part) not in _LEAVES]
        elif kind not in _LEAVES and isinstance(value, ast.AST):
            found.append(value)
    return found


def same(one: object, other: object) -> bool:
    """Compare two trees without positions; constants by type too (1 is not True, nor 1.0)."""
    pending: list[tuple[Any, Any]] = [(one, other)]
    while pending:
        left, right = pending.pop()
        if left is right:
            continue
        kind = type(left)
        if kind is not type(right):
            return False
        if kind is list:
            if len(left) != len(right):
                return False
            pending += zip(left, right, strict=True)
        elif isinstance(left, ast.AST):
            for field in left._fields:
                if field not in _IGNORED:
                    pending.append((getattr(left, field, None), getattr(right, field, None)))
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
        case ast.While(test=ast.Constant(value=endless), body=body):
            return bool(endless) and not any(isinstance(node, ast.Break) for node in leaving(body))
        case _:
            return False


def leaving(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Give the `break` and `continue` statements whose loop is not in the code."""
    for statement in body:
        match statement:
            case ast.Break() | ast.Continue():
                yield statement
            case ast.For() | ast.AsyncFor() | ast.While():
                yield from leaving(statement.orelse)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                pass
            case ast.Match(cases=cases):
                yield from (node for case in cases for node in leaving(case.body))
            case ast.Try() | ast.TryStar():
                parts = [statement.body, *(handler.body for handler in statement.handlers)]
                yield from (node for part in (*parts, statement.orelse, statement.finalbody) for node in leaving(part))
            case _:
                yield from leaving(getattr(statement, "body", []))
                yield from leaving(getattr(statement, "orelse", []))


def is_wildcard(case: ast.match_case) -> bool:
    """Tell whether a `case` takes whatever comes."""
    pattern = case.pattern
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None


def identifiers(tree: ast.AST | Sequence[ast.AST]) -> Iterator[str]:
    """Give every identifier that a tree (or a list of nodes) binds or reads as a variable (attributes are none)."""
    for node in walk(tree) if isinstance(tree, ast.AST) else tree:
        yield from identifiers_of(node)


def identifiers_of(node: ast.AST) -> Iterable[str]:
    """Give the identifiers that one node spells itself."""
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
