"""Imports inside a branch: `from pkg.client import make_x` at the top of a body, read below.

The registry's lazy slots import at the read. Both are brought to one form in which each read names what is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from cutover_migrate.certificate._syntax import copied
from cutover_migrate.certificate._template import Unprovable, imported_read

Resolver = Callable[[str | None, int], str]


def leading_imports(body: Sequence[ast.stmt]) -> list[ast.Import | ast.ImportFrom]:
    """Give the import statements with which a body begins."""
    found: list[ast.Import | ast.ImportFrom] = []
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom) or not _is_single_read(statement):
            break
        found.append(statement)
    return found


def imports_inlined(body: Sequence[ast.stmt], module_of: Resolver) -> tuple[list[ast.stmt], frozenset[str]]:
    """Give the body without its leading imports, each read naming its origin, and the names that went."""
    statements = leading_imports(body)
    origins = {name: dotted for statement in statements for name, dotted in _origins(statement, module_of)}
    inliner = _Inliner(origins)
    rest = [inliner.visit(copied(statement)) for statement in body[len(statements) :]]
    unread = sorted(origins.keys() - inliner.read)
    if unread:
        raise Unprovable(f"the branch imports {unread[0]!r} and never reads it", statements[0])
    return rest, frozenset(origins)


def _is_single_read(statement: ast.Import | ast.ImportFrom) -> bool:
    """Tell whether each name stands for one thing that a read can name: no star, no `import a.b` that binds `a`."""
    dotted = isinstance(statement, ast.Import)
    return all(alias.name != "*" and (alias.asname or not dotted or "." not in alias.name) for alias in statement.names)


def _origins(statement: ast.Import | ast.ImportFrom, module_of: Resolver) -> Iterator[tuple[str, str]]:
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            yield alias.asname or alias.name, f"{module_of(statement.module, statement.level)}.{alias.name}"
        else:
            yield alias.asname or alias.name, alias.name


class _Inliner(ast.NodeTransformer):
    def __init__(self, origins: dict[str, str]) -> None:
        self.origins = origins
        self.read: set[str] = set()

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.origins and isinstance(node.ctx, ast.Load):
            self.read.add(node.id)
            return ast.copy_location(imported_read(self.origins[node.id]), node)
        return node
