r"""Give one file of the runtime the name of the package that it is vendored as.

Two things change, and no more: a ``from cutover_registry… import`` becomes relative, and the package's name in a
docstring becomes the vendored one's, so that its examples run there too.

>>> renamed("from cutover_registry._site import Site\n", module="app._cutover_registry")
'from ._site import Site\n'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from cutover_migrate.errors import MigrateError

RUNTIME = "cutover_registry"
_NAME = re.compile(rf"\b{RUNTIME}\b")
Documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class NotVendored(MigrateError):
    """The runtime that is installed cannot be vendored; nothing was written."""


def renamed(text: str, *, module: str, below: int = 0) -> str:
    """Give the text of a file as it stands in the package ``module``, so many packages ``below`` it.

    Raises:
        NotVendored: It imports the runtime in a form that is not known, or more than was meant would change.
    """
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    level = below + 1
    for statement in _own_imports(tree):
        written = f"from {statement.module} import"
        line = lines[statement.lineno - 1]
        at = statement.col_offset
        if not line.startswith(written, at):
            raise NotVendored(f"line {statement.lineno} imports {statement.module} in a form that is not known: {line}")
        lines[statement.lineno - 1] = f"{line[:at]}from {_relative(statement, level)} import{line[at + len(written) :]}"
    for docstring in _docstrings(tree):
        for number in range(docstring.lineno - 1, docstring.end_lineno or docstring.lineno):
            lines[number] = _NAME.sub(module, lines[number])
    found = "".join(lines)
    if ast.dump(ast.parse(found)) != ast.dump(_expected(tree, module, level)):
        raise NotVendored(f"renaming {RUNTIME} to {module} would change more than its imports and docstrings")
    return found


def _own_imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_own(node.module):
            yield node
        elif isinstance(node, ast.Import) and any(_is_own(alias.name) for alias in node.names):
            raise NotVendored(f"line {node.lineno} imports {RUNTIME} in a form that is not known: {ast.unparse(node)}")


def _is_own(module: str | None) -> bool:
    return module is not None and (module == RUNTIME or module.startswith(f"{RUNTIME}."))


def _relative(statement: ast.ImportFrom, level: int) -> str:
    return "." * level + _inside(statement)


def _inside(statement: ast.ImportFrom) -> str:
    return (statement.module or "").removeprefix(RUNTIME).removeprefix(".")


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, Documented):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str()) as docstring), *_]:
                    yield docstring


def _expected(tree: ast.Module, module: str, level: int) -> ast.Module:
    """The tree with exactly the two replacements made."""
    for docstring in _docstrings(tree):
        docstring.value = _NAME.sub(module, str(docstring.value))
    for statement in _own_imports(tree):
        statement.module, statement.level = _inside(statement) or None, level
    return tree
