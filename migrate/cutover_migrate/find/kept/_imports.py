"""Provider imports in forms that stay: in a compound statement, under the package's own name, bound twice.

What such a statement binds depends on more than the statement, so nothing else may bind it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from cutover_migrate.find._cycles import for_type_checkers
from cutover_migrate.find._source import Source
from cutover_migrate.find.kept._form import KeptForm

Named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Guards = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While)


def kept_imports(source: Source) -> Iterator[KeptForm]:
    """The import statements of a module's top level that stay, with every global that they bind."""
    bound = Counter(name for node in source.tree.body for name in _bound(node))
    if b"global" in source.data:
        bound.update(name for node in source.nodes if isinstance(node, ast.Global) for name in node.names)
    for node in source.tree.body:
        names = tuple(dict.fromkeys(_bound(node)))
        if isinstance(node, Guards):
            if any(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in ast.walk(node)):
                yield KeptForm("imports", node, names, _guard(node))
        elif isinstance(node, ast.Import) and any("." in alias.name and not alias.asname for alias in node.names):
            yield KeptForm("imports", node, names, "it binds the package's own name, which is not a provider's")
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and any(bound[name] > 1 for name in names):
            yield KeptForm("imports", node, names, "the file binds a name of it again")


def _guard(node: ast.stmt) -> str:
    if isinstance(node, ast.If) and for_type_checkers(node.test) and not node.orelse:
        return "it is for type checkers only, and never runs"
    kind = {ast.If: "an if", ast.With: "a with", ast.For: "a for", ast.While: "a while"}.get(type(node), "a try")
    return f"{kind} statement decides what its names are"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The globals that a top-level statement binds, by import, definition or assignment."""
    if isinstance(statement, Named):
        yield statement.name
        return
    for node in _outside_functions(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, Named):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _outside_functions(statement: ast.AST) -> Iterator[ast.AST]:
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*Named, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
