"""The runtime where it is vendored: the installed package again, under another name.

Each file is compared with the installed one of its name as programs: equal trees, once the docstrings are left out and
the installed one's imports of its own package are relative. A licence text may stand beside them, nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import TypeGuard

from cutover_migrate.certificate._syntax import same

RUNTIME = "cutover_registry"
_LICENCE = "LICENSE"
_BELOW = "failover"


def of_runtime(path: str, runtime: str) -> str | None:
    """Give the name of a file in the package of a vendored runtime, or in its failover; None for any other path."""
    folder, _, name = path.rpartition("/")
    if folder.endswith(f"/{_BELOW}"):
        folder, name = folder.removesuffix(f"/{_BELOW}"), f"{_BELOW}/{name}"
    inside = runtime != RUNTIME and f"/{folder}".endswith("/" + runtime.replace(".", "/"))
    return name if inside else None


def runtime_faults(vendored: Mapping[str, bytes]) -> Iterator[tuple[str, int, str]]:
    """Give (file, line, reason) of what is wrong with a vendored runtime; its files are given by name."""
    own, below = files(RUNTIME), files(RUNTIME).joinpath(_BELOW)
    installed = {entry.name: entry.read_bytes() for entry in own.iterdir() if entry.name.endswith(".py")}
    for entry in below.iterdir():
        if entry.name.endswith(".py"):
            installed[f"{_BELOW}/{entry.name}"] = entry.read_bytes()
    for name in sorted(installed.keys() - vendored.keys()):
        yield name, 1, "a file of the runtime that is not vendored"
    for name in sorted(vendored.keys() - {_LICENCE}):
        if name not in installed:
            yield name, 1, "a file that the runtime does not have"
        else:
            faults = _file_faults(vendored[name], installed[name], level=1 + name.count("/"))
            yield from ((name, line, reason) for line, reason in faults)


def _file_faults(vendored: bytes, installed: bytes, *, level: int) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(vendored)
    except (SyntaxError, ValueError) as error:
        yield 1, f"the vendored file does not parse: {error}"
        return
    absolute = next((node for node in ast.walk(tree) if _asks_installed(node)), None)
    if absolute is not None:
        yield absolute.lineno, "the vendored file imports the installed runtime"
        return
    ours, original = _Plain(level).visit(tree), _Plain(level).visit(ast.parse(installed))
    if same(ours, original):
        return
    pairs = zip(ours.body, original.body, strict=False)
    line = next((one.lineno for one, other in pairs if not same(one, other)), 1)
    yield line, "the vendored file is not the program of the installed one"


def _asks_installed(node: ast.AST) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == RUNTIME


class _Plain(ast.NodeTransformer):
    """Relative imports, no docstrings."""

    def __init__(self, level: int) -> None:
        self._level = level

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        package, _, module = (node.module or "").partition(".")
        if node.level == 0 and package == RUNTIME:
            node.module, node.level = module or None, self._level
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        found = super().generic_visit(node)
        if isinstance(found, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = found.body[0] if found.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.body = [*found.body[1:]]
        return found
