"""Where a function of the tree is defined, followed through imports by reading, and what its body tells.

Example: ``definitions.of("src.services.near_client", "make_near_request")``
"""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from cutover_cli._plant._sources import Source

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FARTHEST = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A function definition and the module that it stands in."""

    node: Definition
    module: str


@dataclass(frozen=True)
class Definitions:
    """The functions of a tree; `base` is the folder (relative to `root`) that module names start from."""

    root: Path
    base: str
    _read: dict[str, ast.Module | None] = field(default_factory=dict)

    def of(self, module: str, name: str, farther: int = _FARTHEST) -> Found | None:
        """Give the definition that a name of a module leads to; None if it is not in the tree, or no function.

        The name may be dotted where the module imports another one: ``wire.post``.
        """
        root, _, attribute = name.rpartition(".")
        if root:
            return self.of(self.imported(module, root), attribute, farther - 1) if farther else None
        tree = self._tree(module)
        for statement in _top(tree.body) if tree is not None else ():
            match statement:
                case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                    return Found(statement, module)
                case ast.ImportFrom(names=aliases) if farther:
                    for alias in aliases:
                        if (alias.asname or alias.name) == name:
                            return self.of(_absolute(statement, module), alias.name, farther - 1)
        return None

    def imported(self, module: str, name: str) -> str:
        """Give what a name of a module was imported as, dotted (``asyncio.wait_for``); empty if it was not."""
        root, _, rest = name.partition(".")
        tree = self._tree(module)
        for statement in _top(tree.body) if tree is not None else ():
            for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
                if (alias.asname or alias.name) == root:
                    package = f"{_absolute(statement, module)}." if isinstance(statement, ast.ImportFrom) else ""
                    return f"{package}{alias.name}.{rest}".removesuffix(".")
        return ""

    def goes_out(self, found: Found | None, farther: int = _FARTHEST) -> bool:
        """Tell whether a function may ask somebody else, so that it can fail for reasons of its own.

        It does not if it awaits nothing and calls only builtins, methods of its own locals, and functions of the tree
        that do not either.
        """
        if found is None or not farther:
            return True
        for node in ast.walk(found.node):
            if isinstance(node, ast.Await):
                return True
            if isinstance(node, ast.Call) and self._leads_out(node.func, found, farther):
                return True
        return False

    def _leads_out(self, function: ast.expr, caller: Found, farther: int) -> bool:
        called = self.of(caller.module, ast.unparse(function))
        if called is not None:
            return self.goes_out(called, farther - 1)
        names = (node.id for node in _outside_calls(function) if isinstance(node, ast.Name))
        return any(not self._is_harmless(name, caller) for name in names)

    def _is_harmless(self, name: str, caller: Found) -> bool:
        """Tell whether a method of what a name stands for asks nobody."""
        return name in _locals(caller.node) or hasattr(builtins, name) or self._is_data(caller.module, name)

    def _is_data(self, module: str, name: str) -> bool:
        """Tell whether a module sets a name to a literal, whose methods are harmless."""
        tree = self._tree(module)
        for statement in _top(tree.body) if tree is not None else ():
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=found)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=found), value=value)
                ) if found == name:
                    return isinstance(value, ast.Constant | ast.Dict | ast.List | ast.Set | ast.Tuple)
        return False

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


def _outside_calls(node: ast.AST) -> Iterator[ast.AST]:
    """Walk an expression without the calls inside it, each of which is looked at for itself."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Call):
            yield from _outside_calls(child)


def _locals(definition: Definition) -> set[str]:
    nodes = list(ast.walk(definition))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


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
