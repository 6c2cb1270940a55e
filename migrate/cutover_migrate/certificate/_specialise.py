"""Partial evaluation at one key: what is left of a chain when the subject is known.

Chains (`if`/`elif`, `match`, sibling ifs, conditional expressions) lose the branches that fail and the tests that hold;
an open test stays, with what is left behind it. Registry code is specialised by the same steps, its templates filled.
As soon as a statement that is no chain is met the rest stands as it is: it may change the subject.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._decide import Decision, Point, decide, decide_case
from cutover_migrate.certificate._forms import Resolve, guarded_of, resolve_of
from cutover_migrate.certificate._index import Index
from cutover_migrate.certificate._syntax import copied, ends, same, walk

Filler = Callable[[Resolve, Sequence[ast.stmt]], list[ast.stmt]]


@dataclass(frozen=True, slots=True)
class Specialiser:
    """Specialises code at one point; `fills` writes a template out there; `held`: only assignments move the subject."""

    at: Point
    sites: Mapping[str, str]
    fills: Filler
    held: bool
    index: Index

    def residual(self, code: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Give what is left of the statements."""
        left: list[ast.stmt] = []
        for index, statement in enumerate(code):
            if self.index.leaves_nothing(statement, self.at.key):
                continue
            resolve = resolve_of(statement, self.sites)
            if resolve is not None:
                return [*left, *self.fills(resolve, code[index + 1 :])]
            part = self._statement(statement)
            if part is None:
                return [*left, *code[index:]]
            left += part
            if ends(part):
                return left
            if part and not self._falls_through(statement, part):
                return [*left, *code[index + 1 :]]
        return left

    def _falls_through(self, statement: ast.stmt, part: list[ast.stmt]) -> bool:
        """Tell whether an open sibling is behind us with the subject as it was: its body, had it run, ended."""
        match statement, part:
            case ast.If(test=test, orelse=[]), [ast.If(body=body)]:
                return ends(body) and self._is_quiet(test)
            case _:
                return False

    def _statement(self, statement: ast.stmt) -> list[ast.stmt] | None:
        """Specialise a chain; None if the statement is no chain over the subject."""
        if isinstance(statement, ast.If) and self.index.is_ladder(statement):
            return self._ladder(statement)
        if isinstance(statement, ast.Match) and same(statement.subject, self.at.subject):
            return self._match(statement)
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return | ast.Expr | ast.AugAssign):
            return self._conditional(statement)
        return None

    def _ladder(self, statement: ast.If) -> list[ast.stmt]:
        arms, start = self.index.ladder(statement)
        for position in arms.at(self.at.key, start):
            arm = arms.nodes[position]
            decision = decide(arm.test, self.at)
            if decision is Decision.HOLDS:
                return self._taken(arm)
            if decision is Decision.OPEN:
                rest = self.residual(arm.orelse) if self._is_quiet(arm.test) else list(arm.orelse)
                return [ast.copy_location(ast.If(arm.test, arm.body, rest), arm)]
        return self.residual(arms.nodes[-1].orelse)

    def _taken(self, statement: ast.If) -> list[ast.stmt]:
        guarded = guarded_of(statement, self.sites)
        return list(statement.body) if guarded is None else self.residual(statement.body)

    def _match(self, statement: ast.Match) -> list[ast.stmt]:
        cases: list[ast.match_case] = []
        for index in self.index.cases(statement).at(self.at.key):
            case = statement.cases[index]
            decision = decide_case(case, self.at)
            if decision is Decision.HOLDS and not cases:
                resolved = bool(case.body) and resolve_of(case.body[0], self.sites) is not None
                return self.residual(case.body) if resolved else list(case.body)
            if decision is Decision.OPEN and case.guard is not None and not self._is_quiet(case.guard):
                cases += statement.cases[index:]
                break
            if decision is not Decision.FAILS:
                cases.append(case)
        return [ast.copy_location(ast.Match(statement.subject, cases), statement)] if cases else []

    def _is_quiet(self, test: ast.expr) -> bool:
        """Tell whether the subject is the same after an open test: nothing in it can assign or mutate it."""
        for node in walk(test):
            if isinstance(node, ast.NamedExpr):
                return False
            if isinstance(node, ast.Call | ast.Await | ast.Yield | ast.YieldFrom) and not self.held:
                return False
        return True

    def _conditional(self, statement: ast.stmt) -> list[ast.stmt] | None:
        kinds = {type(node) for node in walk(statement)}
        if ast.IfExp not in kinds or ast.NamedExpr in kinds:
            return None
        fresh = copied(statement)
        chosen = _Choice(self, first=getattr(fresh, "value", None) if not isinstance(fresh, ast.AugAssign) else None)
        changed: ast.stmt = chosen.visit(fresh)
        return [changed] if chosen.decided else None


class _Choice(ast.NodeTransformer):
    """Replaces the conditional expressions of one statement that are decided at the point.

    `first` is what the statement evaluates before all else; what comes later may find another subject, unless it is
    held.
    """

    def __init__(self, specialiser: Specialiser, *, first: ast.expr | None) -> None:
        self.specialiser = specialiser
        self.first = first
        self.decided = False

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        decision = decide(node.test, self.specialiser.at)
        if decision is Decision.OPEN or not (self.specialiser.held or node is self.first):
            return node
        self.decided = True
        self.first = node.orelse if node is self.first and decision is Decision.FAILS else self.first
        chosen: ast.expr = self.visit(node.body if decision is Decision.HOLDS else node.orelse)
        return chosen

    def _own_names(self, node: ast.expr) -> ast.expr:
        return node

    visit_Lambda = visit_GeneratorExp = visit_ListComp = visit_SetComp = visit_DictComp = _own_names
