"""Where a function of the tree is defined, followed through from-imports by reading; what it says of its calls.

Example: ``definitions.of("src.services.near_client", "make_near_request")``
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from cutover_cli._plant._sources import Source

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FARTHEST = 4


@dataclass(frozen=True)
class Definitions:
    """The functions of a tree; `base` is the folder (relative to `root`) that module names start from."""

    root: Path
    base: str
    _read: dict[str, ast.Module | None] = field(default_factory=dict)

    def of(self, module: str, name: str, farther: int = _FARTHEST) -> Definition | None:
        """Give the definition that a name of a module leads to; None if it is not in the tree, or no function."""
        tree = self._tree(module)
        for statement in _top(tree.body) if tree is not None else ():
            match statement:
                case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                    return statement
                case ast.ImportFrom(names=aliases) if farther:
                    for alias in aliases:
                        if (alias.asname or alias.name) == name:
                            return self.of(_absolute(statement, module), alias.name, farther - 1)
        return None

    def _tree(self, module: str) -> ast.Module | None:
        if module not in self._read:
            stem = "/".join([*([self.base] if self.base else []), *module.split(".")])
            found = [path for path in (f"{stem}.py", f"{stem}/__init__.py") if (self.root / path).is_file()]
            self._read[module] = Source.read(self.root, found[0]).tree if found else None
        return self._read[module]


def is_generator(definition: Definition) -> bool:
    """Tell whether a call only makes a generator, so that nothing can fail before it is iterated."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(definition))


def hands_on(definition: Definition) -> bool:
    """Tell whether a function hands its `*args` and `**kwargs` on to something that it calls."""
    taken = definition.args
    if taken.vararg is None:
        return False
    calls = [node for node in _own(definition) if isinstance(node, ast.Call)]
    return any(isinstance(arg, ast.Starred) and _is(arg.value, taken.vararg) for call in calls for arg in call.args)


def _is(node: ast.expr, taken: ast.arg) -> bool:
    return isinstance(node, ast.Name) and node.id == taken.arg


def _own(definition: Definition) -> Iterator[ast.AST]:
    """Walk a function without the functions inside it."""
    stack: list[ast.AST] = list(definition.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(node))


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk a module's own statements, those in `if` and `try` included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _top([*statement.body, *statement.orelse])


def _absolute(statement: ast.ImportFrom, module: str) -> str:
    if not statement.level:
        return statement.module or ""
    package = module.split(".")[: -statement.level]
    return ".".join([*package, *([statement.module] if statement.module else [])])
