"""Both trees, side by side: equal everywhere but at the places where the registry may differ from the legacy program.

Statement lists are aligned from the top. Where two statements differ, the registry forms are tried in turn (a site, an
alias fix, an inserted or dropped line); whatever none of them explains is a gap.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cutover_migrate.certificate._aliases import prove_alias_fix
from cutover_migrate.certificate._forms import resolve_of
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._lists import replaced_expression
from cutover_migrate.certificate._names import free_names
from cutover_migrate.certificate._removals import Removals
from cutover_migrate.certificate._scope import Scope, own_of
from cutover_migrate.certificate._sites import Region, prove_site
from cutover_migrate.certificate._survey import Survey
from cutover_migrate.certificate._syntax import FUNCTIONS, SCOPES, FunctionNode, same, walk


class Walk:
    """Compares one file; `removals` collects the legacy lines that are gone, for the bind lines to answer for."""

    def __init__(self, survey: Survey, ledger: Ledger) -> None:
        self.survey = survey
        self.ledger = ledger
        self.removals = Removals(survey)
        self._scopes: dict[int, Scope] = {}

    def gaps(self) -> Iterator[Gap]:
        """Give the gaps of the whole file."""
        yield from self.statements(self.survey.old.body, self.survey.new.body, Scope((self.survey.old,)))

    def statements(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], scope: Scope) -> Iterator[Gap]:
        """Align two statement lists and give their gaps."""
        at_old = at_new = 0
        top = old is self.survey.old.body
        while at_old < len(old) or at_new < len(new):
            if at_old < len(old) and at_new < len(new) and same(old[at_old], new[at_new]):
                at_old, at_new = at_old + 1, at_new + 1
                continue
            region = self._explained(old[at_old:], new[at_new:], scope, top=top)
            yield from region.gaps
            at_old, at_new = at_old + region.old, at_new + region.new

    def _explained(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], scope: Scope, *, top: bool) -> Region:
        if new and id(new[0]) in self.survey.inserted:
            return Region(0, 1)
        taken = self.removals.take(old[0], new[:1]) if old and top and self.survey.stage == "finished" else None
        if taken is not None:
            return Region(1, taken)
        region = self._rewritten(old, new, scope) if new else None
        if region is not None:
            return region
        if not old:
            return Region(0, 1, (Gap("statement-extra", "the legacy code has no such statement").at(None, new[0]),))
        if not new:
            return Region(1, 0, (Gap("statement-missing", "the statement is gone").at(old[0], None),))
        return Region(1, 1, tuple(self._pair(old[0], new[0], scope)))

    def _rewritten(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt], scope: Scope) -> Region | None:
        region = prove_site(self.survey, self.ledger, self.statements, old=old, new=new, scope=scope)
        if region is not None:
            gaps = tuple(gap.at(old[0] if old else None, new[0]) for gap in region.gaps)
            return replace(region, gaps=gaps)
        return prove_alias_fix(self.survey, self.ledger, old=old, new=new)

    def _pair(self, old: ast.AST, new: ast.AST, scope: Scope) -> Iterator[Gap]:
        """Compare two nodes field by field; a gap inside is anchored at the innermost statement."""
        for gap in self._node(old, new, scope):
            yield gap.at(old, new) if isinstance(old, ast.stmt | ast.excepthandler) else gap

    def _node(self, old: ast.AST, new: ast.AST, scope: Scope) -> Iterator[Gap]:
        if type(old) is not type(new):
            yield _changed(old, new)
            return
        inner = self._scopes.setdefault(id(old), scope.within(old)) if isinstance(old, SCOPES) else scope
        for field in old._fields:
            one, other = getattr(old, field, None), getattr(new, field, None)
            if same(one, other):
                continue
            found = list(self._field((new, field), one, other, inner if field == "body" else scope))
            yield from found
            if found and not isinstance(one, list):
                return
        if isinstance(old, FUNCTIONS) and isinstance(new, FUNCTIONS):
            yield from self._locals(old, new)

    def _field(self, place: tuple[ast.AST, str], one: object, other: object, scope: Scope) -> Iterator[Gap]:
        if isinstance(one, list) and isinstance(other, list):
            yield from self._lists(place, one, other, scope)
        elif isinstance(one, ast.AST) and isinstance(other, ast.AST):
            verdict = replaced_expression(self.survey, self.ledger, owner=place[0], old=one, new=other)
            if verdict is None:
                yield from self._pair(one, other, scope)
            else:
                yield from verdict
        else:
            yield Gap("statement-changed", f"{_shown(one)} became {_shown(other)}")

    def _lists(self, place: tuple[ast.AST, str], one: list[object], other: list[object], scope: Scope) -> Iterator[Gap]:
        statements = all(isinstance(node, ast.stmt) for node in (*one, *other))
        if statements:
            yield from self.statements(one, other, scope)  # type: ignore[arg-type]
        elif len(one) != len(other):
            owner, field = type(place[0]).__name__, place[1]
            yield Gap("statement-changed", f"{len(other)} {field} in a {owner}, where the legacy code has {len(one)}")
        else:
            for old, new in zip(one, other, strict=True):
                if not same(old, new):
                    yield from self._field(place, old, new, scope)

    def _locals(self, old: FunctionNode, new: FunctionNode) -> Iterator[Gap]:
        """Give a gap where dropped or added code changed which names are local, or what calling gives."""
        inside = walk(new)
        resolves = (resolve_of(node, self.survey.sites) for node in inside if isinstance(node, ast.Assign))
        fresh = {resolve.local for resolve in resolves if resolve is not None}
        legacy, registry = own_of(old), own_of(new)
        gone = legacy.names - registry.names
        moved = (registry.names - fresh - legacy.names) | (gone & free_names(new))
        if moved:
            yield Gap("locals", f"{sorted(moved)[0]!r} is a local name of {old.name!r} on one side only")
        elif legacy.yields != registry.yields:
            yield Gap("locals", f"{old.name!r} is a generator on one side only")


def _changed(old: ast.AST, new: ast.AST) -> Gap:
    return Gap("statement-changed", f"{_shown(old)} became {_shown(new)}")


def _shown(part: object) -> str:
    if isinstance(part, ast.stmt | ast.excepthandler | ast.match_case):
        return f"the statement {type(part).__name__}"
    if isinstance(part, ast.AST) and not isinstance(
        part, ast.operator | ast.cmpop | ast.unaryop | ast.boolop | ast.expr_context
    ):
        return f"`{ast.unparse(part)}`"
    return f"`{type(part).__name__}`" if isinstance(part, ast.AST) else f"`{part}`"
