"""What may not move from a branch into a function of its own: code whose meaning depends on the scope that it is in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.certificate._names import own_nodes
from cutover_migrate.certificate._syntax import identifiers_of, leaving, walk

_STATEMENTS = (
    *(ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Assert, ast.Raise, ast.Return, ast.Pass),
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match),
    *(ast.Break, ast.Continue, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef),
)
_SCOPE_NAMES = frozenset({"__class__", "dir", "eval", "exec", "globals", "locals", "super", "vars"})


def bound_to_scope(body: Sequence[ast.stmt], *, returns: bool, in_class: bool) -> Iterator[tuple[ast.AST, str]]:
    """Give what may not be lifted: (node, what it does)."""
    for node in own_nodes(body):
        yield from ((node, does) for does in _own(node, returns=returns))
    for node in (node for statement in body for node in walk(statement)):
        yield from ((node, does) for does in _anywhere(node, in_class=in_class))
    yield from ((node, "leaves the branch by `break` or `continue`") for node in leaving(body))


def _own(node: ast.AST, *, returns: bool) -> Iterator[str]:
    match node:
        case ast.Yield() | ast.YieldFrom():
            yield "yields"
        case ast.Return() if not returns:
            yield "returns out of the function around the site"
        case ast.Name(id=name, ctx=ast.Del()):
            yield f"deletes the name {name!r}"
        case ast.GeneratorExp() if any(isinstance(part, ast.NamedExpr) for part in walk(node)):
            yield "binds a name inside a generator expression"
        case _:
            pass


def _anywhere(node: ast.AST, *, in_class: bool) -> Iterator[str]:
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield f"declares {node.names[0]!r} as a name of another scope"
    elif isinstance(node, ast.stmt) and not isinstance(node, _STATEMENTS):
        yield f"has a {type(node).__name__}"
    for name in identifiers_of(node):
        if name in _SCOPE_NAMES:
            yield f"uses {name!r}, which looks at the scope"
    if in_class:
        yield from (f"uses the private name {name!r}" for name in _spelled(node) if _is_private(name))


def _spelled(node: ast.AST) -> Iterator[str]:
    """Give every name in a node that a class around it would mangle."""
    yield from identifiers_of(node)
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.keyword(arg=str(name)):
            yield name
        case ast.alias(name=name):
            yield from name.split(".")
        case ast.ImportFrom(module=str(name)):
            yield from name.split(".")
        case ast.MatchClass(kwd_attrs=names):
            yield from names
        case _:
            pass


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")
