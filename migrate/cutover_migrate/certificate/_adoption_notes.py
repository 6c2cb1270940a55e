"""Whether an adopted loop tells its route the truth: every answer noted as one, every way on as a failure.

With the policy LEGACY nothing depends on that. It is what a breaker counts by once another policy is set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from cutover_migrate.certificate._adoption_terms import answer_of, goes_on_of, tells
from cutover_migrate.certificate._syntax import ends, leaving, walk

Told: TypeAlias = Literal["nothing", "failure", "end"]
Fault: TypeAlias = tuple[int, str]


def note_faults(loop: ast.For, route: str) -> Iterator[Fault]:
    """Give (line, reason) of what the loop tells wrongly, or not at all."""
    flat = list(_flat(loop.body))
    deciding = [s for s in flat if isinstance(s, ast.Try) and any(_mentions(h, route) for h in s.handlers)]
    if len(deciding) != 1:
        yield loop.lineno, f"{len(deciding)} try statements of the loop tell the route of failures; it must be one"
        return
    (attempt,) = deciding
    at = flat.index(attempt)
    before, behind = flat[:at], flat[at + 1 :]
    yield from _misplaced([*before, *attempt.finalbody], route)
    for block in ([*attempt.body], [*attempt.orelse], behind):
        yield from _answers(block, route)
    for exit_ in _exits([*before, *attempt.body, *attempt.orelse, *attempt.finalbody, *behind]):
        if isinstance(exit_, ast.Continue):
            yield exit_.lineno, "the loop goes on where no failure is noted"
    if not ends([*attempt.body, *attempt.orelse]) and not ends(behind):
        yield attempt.lineno, "an answer does not end the loop"
    handled = {id(node) for handler in attempt.handlers for node in walk(handler)}
    for node in walk(loop):
        if id(node) not in handled and goes_on_of(node, route) is not None:
            yield getattr(node, "lineno", loop.lineno), "the route is asked to go on where no failure is handled"
    for handler in attempt.handlers:
        yield from _Handler(handler, route, is_last=not behind).faults()


def _flat(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        if isinstance(statement, ast.With | ast.AsyncWith):
            yield from _flat(statement.body)
        else:
            yield statement


def _mentions(tree: ast.AST, route: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == route for node in walk(tree))


def _exits(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the break, continue and return statements that leave the loop's body."""
    yield from (node for node in leaving(statements) if isinstance(node, ast.stmt))
    for statement in statements:
        yield from (node for node in _own(statement) if isinstance(node, ast.Return))


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    pending = [statement]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def _misplaced(statements: Sequence[ast.stmt], route: str) -> Iterator[Fault]:
    for statement in statements:
        for node in _own(statement):
            said = isinstance(node, ast.stmt) and (answer_of(node, route) is not None or _is_word(node, route))
            if said:
                yield node.lineno, "the route is told of an attempt that was not made"  # type: ignore[attr-defined]


def _is_word(node: ast.AST, route: str) -> bool:
    return tells(node, "answered", route) or tells(node, "failed", route)


def _answers(block: Sequence[ast.stmt], route: str) -> Iterator[Fault]:
    """Every way out notes the answer, as the last thing before it; nothing else does."""
    exits = {id(node): node for node in _exits(block) if not isinstance(node, ast.Continue)}
    noted: set[int] = set()
    for body in _bodies(block):
        for here, behind in zip(body, [*body[1:], None], strict=True):
            if answer_of(here, route) is not None:
                noted.add(id(here))
            elif tells(here, "answered", route):
                plain = isinstance(behind, ast.Break) or (isinstance(behind, ast.Return) and behind.value is None)
                if behind is None or not plain or id(behind) not in exits:
                    yield here.lineno, "an answer is noted, and then something else is done before the loop is left"
                noted.add(id(behind))
            elif tells(here, "failed", route):
                yield here.lineno, "a failure is noted where none is handled"
    for key, node in exits.items():
        if key not in noted:
            yield node.lineno, "the loop is left with an answer that the route does not hear of"


def _bodies(block: Sequence[ast.stmt]) -> Iterator[Sequence[ast.stmt]]:
    if block:
        yield block
    for statement in block:
        for node in _own(statement):
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(node, field, None)
                if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
                    yield inner


class _Handler:
    """Follows every way through a handler, with what the route was told on it."""

    def __init__(self, handler: ast.ExceptHandler, route: str, *, is_last: bool) -> None:
        self._handler, self._route, self._is_last = handler, route, is_last
        self._known = {handler.name} - {None}
        self._faults: list[Fault] = []
        self._seen: set[int] = set()

    def faults(self) -> Iterator[Fault]:
        """Give what is told wrongly on one of them."""
        out = self._through(self._handler.body, frozenset({"nothing"}))
        if out - {"failure"}:
            self._fault(self._handler, "the loop goes on behind a handler that does not note the failure")
        if out and not self._is_last:
            self._fault(self._handler, "the handler runs on into statements behind the try")
        words = [node for node in _own(self._handler) if self._says(node)]
        for node in words:
            if id(node) not in self._seen:
                self._fault(node, "the route is told of the failure in a place that is not followed")
        yield from self._faults

    def _says(self, node: ast.AST) -> bool:
        answer = isinstance(node, ast.stmt) and answer_of(node, self._route) is not None
        return answer or _is_word(node, self._route) or goes_on_of(node, self._route) is not None

    def _through(self, statements: Sequence[ast.stmt], told: frozenset[Told]) -> frozenset[Told]:
        for at, statement in enumerate(statements):
            if not told:
                break
            told = self._after(statement, told, list(statements[at + 1 : at + 2]))
        return told

    def _after(self, statement: ast.stmt, told: frozenset[Told], following: list[ast.stmt]) -> frozenset[Told]:
        match statement:
            case ast.Continue():
                if told - {"failure"}:
                    self._fault(statement, "the loop goes on, and the route was not told of the failure")
                return frozenset()
            case ast.Return() | ast.Raise() | ast.Break():
                return frozenset()
            case ast.If():
                return self._branches(statement, told)
            case ast.With() | ast.AsyncWith():
                return self._through(statement.body, told)
            case ast.Assign(targets=targets):
                self._known |= {target.id for target in targets if isinstance(target, ast.Name)}
        if tells(statement, "failed", self._route):
            return self._failed(statement, following)
        if any(isinstance(node, ast.Continue) for node in leaving([statement])):
            self._fault(statement, "the loop goes on from inside a block that is not followed")
        return told

    def _failed(self, statement: ast.stmt, following: list[ast.stmt]) -> frozenset[Told]:
        self._seen.add(id(statement))
        if following and not isinstance(following[0], ast.Continue):
            self._fault(statement, "a failure is noted, and then something else is done before the loop goes on")
        call = statement.value if isinstance(statement, ast.Expr) else None
        named = [node.id for node in getattr(call, "args", []) if isinstance(node, ast.Name)]
        if named and named[0] != self._handler.name:
            self._fault(statement, f"{named[0]!r} is not the error that is handled")
        return frozenset({"failure"})

    def _branches(self, statement: ast.If, told: frozenset[Told]) -> frozenset[Told]:
        asked, is_negated = _asked(statement.test, self._route)
        yes, no = told, told
        if asked is not None:
            self._seen.add(id(asked[0]))
            if asked[1].id not in self._known:
                self._fault(statement, f"{asked[1].id!r} may have no value where the route is told of it")
            yes, no = frozenset({"failure"}), frozenset({"end"})
        if is_negated:
            yes, no = no, yes
        known = set(self._known)
        out = self._through(statement.body, yes)
        self._known = set(known)
        out |= self._through(statement.orelse, no)
        self._known = known
        return out

    def _fault(self, node: ast.AST, reason: str) -> None:
        self._faults.append((getattr(node, "lineno", 1), reason))


def _asked(test: ast.expr, route: str) -> tuple[tuple[ast.expr, ast.Name] | None, bool]:
    is_negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    inner = test.operand if isinstance(test, ast.UnaryOp) and is_negated else test
    asked = goes_on_of(inner, route)
    return (None if asked is None else (inner, asked[0])), is_negated and asked is not None
