"""Small changes of both programs alike, so that recorders can go where plain values go.

`a, b = recorder` needs to know how many, `", ".join(recorders)` needs texts. Annotations, and the decorators and
defaults of the function under test, are taken off: they belong to the time of its definition.
"""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Iterator
from typing import Any

from cutover_migrate.execute._inside._label import Labelled, label_of
from cutover_migrate.execute._inside._recorder import made

UNPACK = "__cutover_unpack__"
ROWS = "__cutover_rows__"
AROWS = "__cutover_arows__"
JOIN = "__cutover_join__"


class Smooth(ast.NodeTransformer):
    """Puts the helpers in."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """`a, b = value`."""
        self.generic_visit(node)
        counts = {_count(target) for target in node.targets} - {None}
        if len(counts) == 1:
            node.value = _call(UNPACK, node.value, ast.Constant(counts.pop()))
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """`for a, b in value`."""
        self.generic_visit(node)
        node.iter = _rows(ROWS, node.iter, node.target)
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        """`async for a, b in value`."""
        self.generic_visit(node)
        node.iter = _rows(AROWS, node.iter, node.target)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """`… for a, b in value`."""
        self.generic_visit(node)
        node.iter = _rows(AROWS if node.is_async else ROWS, node.iter, node.target)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`"…".join(value)`."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()) as text, attr="join"), args=[value]):
                return ast.copy_location(_call(JOIN, text, value), node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """`a: A = value` without the annotation."""
        self.generic_visit(node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter without its annotation."""
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function without annotations."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """A function without annotations."""
        node.returns = None
        return self.generic_visit(node)


def bare(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Take decorators and the values of defaults off."""
    function.decorator_list = []
    arguments = function.args
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [ast.Constant(None) if each else None for each in arguments.kw_defaults]


def unpack(value: Any, count: int) -> Any:
    """Make a recorder as many as are wanted."""
    if isinstance(value, Labelled):
        return tuple(made(f"{label_of(value)}[{index}]") for index in range(count))
    return value


def rows(values: Any, count: int) -> Iterator[Any]:
    """Make each recorder of some as many as are wanted."""
    for value in values:
        yield unpack(value, count)


async def async_rows(values: Any, count: int) -> AsyncIterator[Any]:
    """Make each recorder of some as many as are wanted."""
    async for value in values:
        yield unpack(value, count)


def join(text: str, values: Any) -> str:
    """Join, recorders by their text."""
    return text.join(str(value) if isinstance(value, Labelled) else value for value in values)


def _count(target: ast.expr) -> int | None:
    if not isinstance(target, ast.Tuple | ast.List) or any(isinstance(each, ast.Starred) for each in target.elts):
        return None
    return len(target.elts)


def _rows(helper: str, values: ast.expr, target: ast.expr) -> ast.expr:
    count = _count(target)
    return values if count is None else _call(helper, values, ast.Constant(count))


def _call(helper: str, *args: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(helper, ast.Load()), list(args), [])
    return ast.fix_missing_locations(ast.copy_location(call, args[0]))
