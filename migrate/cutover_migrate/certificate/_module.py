"""The module's own names: what is bound when, and what its top level reads while it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.certificate._scope import bound_by
from cutover_migrate.certificate._syntax import FUNCTIONS, children, ends, walk

_NAMESPACE = frozenset({"dir", "eval", "exec", "globals", "locals", "vars"})


def surely_bound(body: Sequence[ast.stmt]) -> set[str]:
    """Give the names that the statements have bound whenever control comes out at their end."""
    bound: set[str] = set()
    for statement in body:
        bound |= _surely(statement)
        bound -= {n.id for n in _own(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)}
    return bound


def may_bind(body: Sequence[ast.stmt]) -> set[str]:
    """Give the names that the statements may bind at module level."""
    return {name for statement in body for name in _maybe(statement)}


def _surely(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.If(body=body, orelse=orelse):
            return _common([body, orelse])
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            arms = [[*body, *orelse], *(handler.body for handler in handlers)]
            return _common(arms) | surely_bound(finalbody)
        case ast.With() | ast.For() | ast.AsyncFor() | ast.While() | ast.Match() | ast.TryStar():
            return set()
        case _:
            return set(_maybe(statement))


def _common(arms: list[list[ast.stmt]]) -> set[str]:
    bound = [surely_bound(arm) for arm in arms if not ends(arm)]
    return set.intersection(*bound) if bound else set()


def _maybe(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        yield statement.name
        return
    for node in _own(statement):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name
        elif not isinstance(node, ast.Lambda):
            yield from bound_by(node) if isinstance(node, ast.alias) else _stored(node)


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs with the statement: not the bodies of functions."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        yield node
        inside = set(map(id, node.body)) if isinstance(node, FUNCTIONS) else set()
        pending += [child for child in children(node) if id(child) not in inside] if inside else children(node)


def eager_reads(body: Sequence[ast.stmt]) -> dict[str, int]:
    """Give the names that the statements read while they run, with the line of the first read.

    A function or class of the module that is named there counts as called: what its body reads is read.
    """
    callables: dict[str, list[ast.AST]] = {}
    reads: dict[str, int] = {}
    for statement in body:
        for node in _own(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                reads.setdefault(node.id, node.lineno)
            elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                callables.setdefault(node.name, []).append(node)
    pending = list(reads)
    while pending:
        name = pending.pop()
        for called in callables.pop(name, []):
            inside = {n.id for n in walk(called) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            reads.update(dict.fromkeys(inside - reads.keys(), reads[name]))
            pending.extend(inside)
    return reads


def looks_at_names(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Give the statements that, while they run, read the module's names as a whole: `globals()` and the like."""
    looking = set(_NAMESPACE)
    own = [list(_own(statement)) for statement in body]
    waiting = {node.name: node for nodes in own for node in nodes if isinstance(node, (*FUNCTIONS, ast.ClassDef))}
    while True:
        found = {name for name, node in waiting.items() if any(_looks(inner, looking) for inner in walk(node))}
        if found <= looking:
            return [
                statement for statement, nodes in zip(body, own, strict=True) if any(_looks(n, looking) for n in nodes)
            ]
        looking |= found


def _looks(node: ast.AST, looking: set[str]) -> bool:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name in looking
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"), slice=ast.Name(id="__name__")
        ):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"), attr="get")):
            return True
        case _:
            return False
