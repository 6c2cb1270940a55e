"""Which names of a scope a piece of code reads and binds, and which it shares with code that runs later.

A comprehension has its own targets and runs at once; a lambda, a nested function and a generator expression run later:
the names of the scope around them that they mention are *cells*.

Example: ``mentions(ast.parse("f(x, [y for y in z])").body[0]).reads`` is ``{"f", "x", "z"}``
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cutover_migrate.find import FunctionNodes, inner_nodes

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Mentions:
    """Names by what is done with them.

    Of the names in ``binds``, those in ``certain`` are bound whenever the code runs to its end. ``elsewhere`` are
    declared global or nonlocal, ``shared`` nonlocal further in.
    """

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    certain: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    cells: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    walrus: set[str] = field(default_factory=set)

    @property
    def every(self) -> set[str]:
        """All names of the scope itself."""
        return self.reads | self.binds | self.deleted | self.cells


def mentions(*parts: ast.AST | None) -> Mentions:
    """What the parts, of one scope, do with its names."""
    reader = _Reader()
    for part in parts:
        if part is not None:
            reader.visit(part)
    return reader.found


@lru_cache(maxsize=256)
def inside_of(scope: ast.AST) -> Mentions:
    """What the body of a scope does with the names of that scope; not to be changed."""
    body = getattr(scope, "body", [])
    return mentions(*(body if isinstance(body, list) else [body]))


def function_locals(function: ast.AST) -> set[str]:
    """The names that a function binds itself, its parameters included."""
    if not isinstance(function, FunctionNodes):
        return set()
    inside = inside_of(function)
    return (parameters(function) | inside.binds | inside.deleted) - inside.elsewhere


def parameters(function: ast.AST) -> set[str]:
    """The names of a function's parameters."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}


class _Reader(ast.NodeVisitor):
    """Collects the mentions of one scope; ``doubt`` counts the parts around that need not be evaluated."""

    def __init__(self) -> None:
        self.found = Mentions()
        self.doubt = 0

    def visit(self, node: ast.AST) -> None:
        """Visit a node; this is where a scan spends its time, so the way to the method is kept short."""
        kind = node.__class__
        if kind not in VISITORS:
            VISITORS[kind] = getattr(_Reader, f"visit_{kind.__name__}", _Reader.generic_visit)
        VISITORS[kind](self, node)

    def generic_visit(self, node: ast.AST) -> None:
        """Visit what a node holds."""
        for part in inner_nodes(node):
            self.visit(part)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        elif isinstance(node.ctx, ast.Del):
            self.found.deleted.add(node.id)
        else:
            self.found.reads.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target.id)
        self.found.walrus.add(node.target.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name):
            self.found.reads.add(node.target.id)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._in_doubt(node.values[1:])

    def visit_Compare(self, node: ast.Compare) -> None:
        self._at_once([node.left, node.comparators[0]])
        self._in_doubt(node.comparators[1:])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._in_doubt([node.body, node.orelse])

    def visit_Assert(self, node: ast.Assert) -> None:
        self._in_doubt([node.test, *([node.msg] if node.msg else [])])

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self._bind((alias.asname or alias.name).split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._bind(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.found.elsewhere |= set(node.names)
        self.found.globals |= set(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.found.elsewhere |= set(node.names)
        self.found.shared |= set(node.names)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name)
        self._at_once([*node.decorator_list, node.args, *([node.returns] if node.returns else [])])
        self._later(node.body, function_locals(node))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._at_once([node.args])
        self._later([node.body], function_locals(node))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name)
        self._at_once([*node.decorator_list, *node.bases, *node.keywords])
        self._later(node.body, set())

    def visit_ListComp(self, node: Comprehension) -> None:
        """A comprehension: all but its first source sees its targets, and need not be evaluated."""
        self.visit(node.generators[0].iter)
        inside, targets = mentions(*_parts(node)), _targets(node)
        self.found.reads |= inside.reads - targets
        self.found.binds |= inside.walrus
        self.found.walrus |= inside.walrus
        self.found.cells |= (inside.every if isinstance(node, ast.GeneratorExp) else inside.cells) - targets

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _later(self, body: Sequence[ast.AST], own: set[str]) -> None:
        """Code of an inner scope: what it mentions and does not bind itself belongs to the scope around it."""
        inside = mentions(*body)
        free = (inside.every | (inside.elsewhere & inside.shared)) - inside.globals - own
        self.found.reads |= free
        self.found.cells |= free
        self.found.shared |= inside.shared - own

    def _at_once(self, parts: Iterable[ast.AST]) -> None:
        for part in parts:
            self.visit(part)

    def _in_doubt(self, parts: Iterable[ast.AST]) -> None:
        self.doubt += 1
        self._at_once(parts)
        self.doubt -= 1

    def _bind(self, name: str | None) -> None:
        if name:
            self.found.binds.add(name)
            if not self.doubt:
                self.found.certain.add(name)


VISITORS: dict[type[ast.AST], Callable[[_Reader, Any], None]] = {ast.Constant: _Reader.generic_visit}


def _parts(node: Comprehension) -> list[ast.AST]:
    """What a comprehension evaluates in a scope of its own."""
    results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    first, *others = node.generators
    return [*results, first.target, *first.ifs, *others]


def _targets(node: Comprehension) -> set[str]:
    return {name for generator in node.generators for name in mentions(generator.target).binds}
