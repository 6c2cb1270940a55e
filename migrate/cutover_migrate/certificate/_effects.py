"""What one piece of straight code does to local names, in the order in which it is evaluated.

A read counts as exposed when the same code has not surely bound the name before. What a short circuit may skip binds
nothing for certain. Code that runs later (functions, lambdas, generator expressions) closes over names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from cutover_migrate.certificate._names import free_names, loop_names
from cutover_migrate.certificate._scope import bound_by
from cutover_migrate.certificate._syntax import walk

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a piece of code does to the names of its scope.

    `sure` are bound whenever it ends, `maybe` on some way, `early` of these when it may still raise; `unbound` are
    deleted; `closes` are read or bound later, by code that was made here.
    """

    exposed: frozenset[str] = _NONE
    sure: frozenset[str] = _NONE
    maybe: frozenset[str] = _NONE
    early: frozenset[str] = _NONE
    unbound: frozenset[str] = _NONE
    closes: frozenset[str] = _NONE
    raises: bool = True


def effect_of(*code: ast.AST | None) -> Effect:
    """Evaluate pieces of code one after the other."""
    recorder = _Recorder()
    for part in code:
        if part is not None:
            recorder.visit(part)
    return recorder.effect()


def binding(names: Iterable[str]) -> Effect:
    """Give the effect of names that are bound without ado."""
    bound = frozenset(names)
    return Effect(sure=bound, maybe=bound, raises=False)


class _Recorder(ast.NodeVisitor):
    def __init__(self) -> None:
        self.exposed: set[str] = set()
        self.sure: set[str] = set()
        self.maybe: set[str] = set()
        self.early: set[str] = set()
        self.unbound: set[str] = set()
        self.closes: set[str] = set()
        self.raises = False
        self._hidden: list[frozenset[str]] = []

    def effect(self) -> Effect:
        return Effect(
            exposed=frozenset(self.exposed),
            sure=frozenset(self.sure),
            maybe=frozenset(self.maybe),
            early=frozenset(self.early),
            unbound=frozenset(self.unbound),
            closes=frozenset(self.closes),
            raises=self.raises,
        )

    # ---- events

    def _acts(self) -> None:
        """Note that something may raise here: what was bound until now stays bound."""
        self.raises = True
        self.early |= self.maybe

    def _reads(self, names: Iterable[str]) -> None:
        hidden = frozenset().union(*self._hidden)
        self.exposed.update(name for name in names if name not in hidden and name not in self.sure)

    def _binds(self, names: Iterable[str]) -> None:
        for name in names:
            self.maybe.add(name)
            self.sure.add(name)
            self.unbound.discard(name)

    def _perhaps(self, code: Iterable[ast.AST]) -> None:
        """Visit code that may be skipped."""
        sure = set(self.sure)
        for part in code:
            self.visit(part)
        self.sure = sure

    # ---- expressions

    def generic_visit(self, node: ast.AST) -> None:
        super().generic_visit(node)
        if not isinstance(node, ast.expr_context | ast.operator | ast.boolop | ast.unaryop | ast.cmpop | ast.keyword):
            self._acts()

    def visit(self, node: ast.AST) -> None:
        """Visit a piece of code; constants and declarations read nothing, and never raise."""
        if not isinstance(node, ast.Constant | ast.Pass | ast.Global | ast.Nonlocal):
            super().visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._reads([node.id])
            self._acts()
        elif isinstance(node.ctx, ast.Del):
            self._reads([node.id])
            self._acts()
            self.unbound.add(node.id)
            self.sure.discard(node.id)
        elif not any(node.id in hidden for hidden in self._hidden):
            self._binds([node.id])

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._perhaps(node.values[1:])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._perhaps([node.body])
        self._perhaps([node.orelse])

    def visit_Compare(self, node: ast.Compare) -> None:
        self.visit(node.left)
        self.visit(node.comparators[0])
        self._perhaps(node.comparators[1:])
        self._acts()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._later(node, [*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        first = node.generators[0]
        late = ast.comprehension(first.target, ast.Constant(None), first.ifs, first.is_async)
        self._later(ast.GeneratorExp(node.elt, [late, *node.generators[1:]]), [first.iter])
        self.maybe.update(part.target.id for part in walk(node) if isinstance(part, ast.NamedExpr))

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        self._hidden.append(loop_names(node))
        first = node.generators[0]
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        rest = [part for each in node.generators[1:] for part in (each.iter, each.target, *each.ifs)]
        self._perhaps([first.target, *first.ifs, *rest, *elements])
        self._hidden.pop()
        self._acts()

    visit_SetComp = visit_DictComp = visit_ListComp

    def _later(self, node: ast.AST, now: list[ast.expr], *, besides: frozenset[str] = _NONE) -> None:
        for part in now:
            self.visit(part)
        names = free_names(node) - frozenset().union(*self._hidden)
        self._reads(names - besides)
        self.closes |= names
        self._acts()

    # ---- statements

    def visit_Assert(self, node: ast.Assert) -> None:
        """Visit what `python -O` leaves out, the message only where the test fails."""
        self._perhaps([node.test, *([node.msg] if node.msg else [])])
        self._acts()

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._store(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._store(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._reads([node.target.id])
        self.visit(node.value)
        self._acts()
        self.visit(node.target)

    def _store(self, target: ast.AST) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            self._acts()
            for part in target.elts:
                self._store(part)
        else:
            self.visit(target)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self._acts()
            self._binds(bound_by(alias))

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        inside = {id(statement) for statement in node.body}
        now = [part for part in ast.iter_child_nodes(node) if id(part) not in inside]
        self._later(node, [part for each in now for part in _evaluated(each)], besides=frozenset({node.name}))
        self._binds([node.name])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._later(node, [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)])
        self._binds([node.name])


def _evaluated(part: ast.AST) -> list[ast.expr]:
    """Give what a `def` evaluates at once: decorators, defaults, annotations."""
    if isinstance(part, ast.arguments):
        return [node for node in ast.iter_child_nodes(part) if isinstance(node, ast.expr)] + [
            node.annotation for node in ast.iter_child_nodes(part) if isinstance(node, ast.arg) and node.annotation
        ]
    return [part] if isinstance(part, ast.expr) else []
