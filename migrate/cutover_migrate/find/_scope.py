"""Which names a chain reads from its module's globals, and which belong to its functions.

Only a name that no enclosing function binds is a module global, and only those can become slots.

Example: ``local_names(chain.scopes)``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from cutover_migrate.find._source import every_node, inner_nodes

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FunctionNodes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
OWN_SCOPES = (*FunctionNodes, ast.ClassDef)
ANY_NAME = "*"
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions and classes inside it (their names included)."""
    stack = [scope]
    while stack:
        node = stack.pop()
        if node is not scope:
            yield node
            if isinstance(node, OWN_SCOPES):
                continue
        stack.extend(inner_nodes(node))


def bound_by(node: ast.AST) -> list[str]:
    """The names that one node binds or takes away in its own scope, its parts left out."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, DEFINITIONS):
        return [node.name]
    if isinstance(node, IMPORTS):
        names = [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
        return [name for name in names if name != ANY_NAME]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    return [node.rest] if isinstance(node, ast.MatchMapping) and node.rest else []


@lru_cache(maxsize=64)
def bound_names(scope: ast.AST) -> frozenset[str]:
    """The names that a function binds, its ``global`` declarations left out."""
    bound: set[str] = set()
    elsewhere: set[str] = set()
    if isinstance(scope, FunctionNodes):
        bound |= {argument.arg for argument in ast.walk(scope.args) if isinstance(argument, ast.arg)}
    for node in own_nodes(scope):
        bound.update(bound_by(node))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere |= set(node.names)
    return frozenset(bound - elsewhere)


def local_names(scopes: tuple[ast.AST, ...]) -> set[str]:
    """The names that the enclosing functions bind between them."""
    names: set[str] = set()
    for scope in scopes:
        if isinstance(scope, FunctionNodes):
            names |= bound_names(scope)
    return names


def used_names(tree: ast.AST) -> set[str]:
    """Every identifier that a tree mentions, attributes left out."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def reads_frame(scopes: tuple[ast.AST, ...], chain: ast.AST) -> int | None:
    """The line on which the innermost function may look at its own frame (``locals()`` and the like) after a chain.

    A look in front of a chain that no loop leads back to is over when the chain is reached.
    """
    inner = [scope for scope in scopes if isinstance(scope, FunctionNodes)]
    if not inner:
        return None
    start = getattr(chain, "lineno", 0)
    looped = any(_holds(loop, chain) for loop in _loops(inner[-1]))
    return next((line for line, late in _frame_looks(inner[-1]) if looped or late or line >= start), None)


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    first, last = outer.lineno, outer.end_lineno or 0  # type: ignore[attr-defined]
    return bool(first <= inner.lineno <= last)  # type: ignore[attr-defined]


@lru_cache(maxsize=64)
def _loops(function: ast.AST) -> list[ast.AST]:
    return [node for node in own_nodes(function) if isinstance(node, (ast.For, ast.AsyncFor, ast.While))]


@lru_cache(maxsize=64)
def _frame_looks(function: ast.AST) -> list[tuple[int, bool]]:
    """The line of each look, and whether it is late: in an inner function, which runs at any time."""
    own = {id(node) for node in own_nodes(function)}
    found = [node for node in every_node(function) if _looks(node)]
    return [(node.lineno, id(node) not in own) for node in found]  # type: ignore[attr-defined]


def _looks(node: ast.AST) -> bool:
    match node:
        case (
            ast.Call(func=ast.Name(id="locals" | "exec" | "eval")) | ast.Call(func=ast.Name(id="vars" | "dir"), args=[])
        ):
            return True
        case _:
            return False
