"""Whose name is it? The names that a scope binds itself, and those that a nested scope takes from around it.

Both are read off the syntax as the compiler does it: comprehensions keep their variables and hand on what `:=` binds,
defaults and decorators belong to the scope around.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cutover_migrate.certificate._scope import bound_by
from cutover_migrate.certificate._syntax import FUNCTIONS, FunctionNode, children, walk

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def local_names(function: FunctionNode | ast.Lambda) -> frozenset[str]:
    """Give the names that are local to the function, its parameters included."""
    return (frozenset(_parameters(function.args)) | bound_in(_body(function))) - declared_in(_body(function))


def bound_in(code: Iterable[ast.AST]) -> frozenset[str]:
    """Give the names that the code binds in the scope in which it stands (declared `global` or `nonlocal` or not)."""
    return frozenset(name for node in own_nodes(code) for name in bound_by(node))


def declared_in(code: Iterable[ast.AST]) -> frozenset[str]:
    """Give the names that the code declares `global` or `nonlocal` in its own scope."""
    return frozenset(n for node in own_nodes(code) if isinstance(node, ast.Global | ast.Nonlocal) for n in node.names)


def own_nodes(code: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk what belongs to the scope of the code: inner bodies left out, their defaults and decorators kept.

    Of a comprehension what it evaluates is given, and of the names that it stores those of `:=`.
    """
    pending = list(code)
    while pending:
        node = pending.pop()
        yield node
        pending.extend(own_children(node))


def own_children(node: ast.AST) -> Iterator[ast.AST]:
    """Give the children of a node that belong to the same scope."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (*node.decorator_list, *_defaults(node.args), *_annotations(node))
        case ast.Lambda():
            yield from _defaults(node.args)
        case ast.ClassDef():
            yield from (*node.decorator_list, *node.bases, *node.keywords)
        case ast.comprehension():
            yield from (node.iter, *node.ifs)
        case _:
            yield from children(node)


def free_names(scope: ast.AST) -> frozenset[str]:
    """Give the names that a nested function, class or comprehension takes from around it, now or whenever it runs."""
    match scope:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            body = _body(scope)
            ours = frozenset(name for node in own_nodes(body) if isinstance(node, ast.Global) for name in node.names)
            return used_in(body) - local_names(scope) - ours
        case ast.ClassDef():
            return used_in(scope.body)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return used_in([scope.generators[0].iter]) | (used_in(children(scope)) - loop_names(scope))
        case _:
            return frozenset()


def loop_names(scope: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> frozenset[str]:
    """Give the variables of a comprehension."""
    targets = [part for generator in scope.generators for part in walk(generator.target)]
    return frozenset(part.id for part in targets if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))


def used_in(code: Iterable[ast.AST]) -> frozenset[str]:
    """Give the names of its own scope that the code reads, binds or declares, in nested scopes too."""
    found: set[str] = set()
    pending = list(code)
    while pending:
        node = pending.pop()
        if isinstance(node, COMPREHENSIONS):
            found |= free_names(node)
            continue
        found.update(_used_by(node))
        if isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            found |= free_names(node)
        pending.extend(
            [node.target, *own_children(node)] if isinstance(node, ast.comprehension) else own_children(node)
        )
    return frozenset(found)


def _used_by(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        return (node.id,)
    return node.names if isinstance(node, ast.Nonlocal) else bound_by(node)


def _body(function: FunctionNode | ast.Lambda) -> list[ast.AST]:
    return [function.body] if isinstance(function, ast.Lambda) else [*function.body]


def _parameters(taken: ast.arguments) -> Iterator[str]:
    extra = [arg for arg in (taken.vararg, taken.kwarg) if arg is not None]
    yield from (arg.arg for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *extra))


def _defaults(taken: ast.arguments) -> list[ast.expr]:
    return [*taken.defaults, *(default for default in taken.kw_defaults if default is not None)]


def _annotations(function: FunctionNode) -> list[ast.expr]:
    taken = function.args
    extra = [arg for arg in (taken.vararg, taken.kwarg) if arg is not None]
    given = [arg.annotation for arg in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *extra)]
    return [note for note in (*given, function.returns) if note is not None]
