"""A handler that goes on to the next provider: where the route has to hear of the failure.

A guard `there is a next one and decide(error)` becomes `goes_on`, which notes it, if going on depends on nothing else.
Any other guard only has its first half read from the route, and `failed` is put in front of each way to go on.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cutover_migrate.adopt._nodes import leaving
from cutover_migrate.adopt._outcome import Stays
from cutover_migrate.adopt._terms import Terms

Told: TypeAlias = Literal["silent", "noted", "ended"]


@dataclass(frozen=True)
class Guard:
    """A test that is exactly `there is a next one and decide(error)`, or its negation."""

    test: ast.expr
    decide: ast.expr
    error: ast.Name
    negated: bool = False


@dataclass
class Ways:
    """What a handler needs: guards that become `goes_on`, and the places where `failed` is told."""

    guards: list[Guard] = field(default_factory=list)
    before: list[ast.Continue] = field(default_factory=list)
    behind: list[ast.stmt] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Whether it goes on at all."""
        return bool(self.guards or self.before or self.behind)


class Unfit(Exception):
    """Going on depends on more than the guard."""


def ways_of(handler: ast.ExceptHandler, terms: Terms, *, ends_loop: bool, local: Collection[str] = ()) -> Ways:
    """Find the ways on from a handler; `ends_loop` says that its end is the end of the loop's body.

    What decides is read even where there is no next one, so it may not be a `local` name, which might have no value.

    Raises:
        Stays: It goes on in a form that is not known.
    """
    for guarded in (True, False):
        found = _Reading(handler, terms, guarded=guarded, local=local)
        try:
            told = found.read(handler.body, {"silent"})
        except Unfit:
            continue
        if told and not ends_loop:
            raise Stays("handler-falls-through", handler.lineno, "the handler's end is not the end of the loop's body")
        if "ended" in told and guarded:
            continue
        if told & {"silent", "ended"}:
            found.ways.behind.append(handler.body[-1])
        return found.ways
    raise AssertionError("a reading without guards always ends")


def guard_of(test: ast.expr, terms: Terms) -> Guard | None:
    """Read a test as a guard."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = guard_of(operand, terms)
            return None if inner is None else Guard(test, inner.decide, inner.error, not inner.negated)
        case ast.BoolOp(op=ast.And(), values=[first, ast.Call() as call]) if terms.says(first) == "has-next":
            return _asking(test, call, negated=False)
        case ast.BoolOp(op=ast.Or(), values=[first, ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call)]):
            return _asking(test, call, negated=True) if terms.says(first) == "is-last" else None
        case _:
            return None


def _asking(test: ast.expr, call: ast.Call, *, negated: bool) -> Guard | None:
    match call:
        case ast.Call(func=decide, args=[ast.Name() as error], keywords=[]) if _is_path(decide):
            return Guard(test, decide, error, negated)
        case _:
            return None


def _is_path(node: ast.expr) -> bool:
    return _root(node) is not None


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


class _Reading:
    """Follows a handler's statements; what is carried along is what the route was told by then."""

    def __init__(self, handler: ast.ExceptHandler, terms: Terms, *, guarded: bool, local: Collection[str]) -> None:
        self.ways = Ways()
        self._terms, self._guarded, self._local = terms, guarded, local
        self._known = {handler.name} if handler.name else set()

    def read(self, statements: Sequence[ast.stmt], told: set[Told]) -> set[Told]:
        """Give what the route may have been told where control comes out at the end; empty where it does not."""
        for statement in statements:
            if not told:
                return told
            told = self._after(statement, told)
        return told

    def _after(self, statement: ast.stmt, told: set[Told]) -> set[Told]:
        match statement:
            case ast.Continue():
                return self._going_on(statement, told)
            case ast.Return() | ast.Raise() | ast.Break():
                return set()
            case ast.If():
                return self._branches(statement, told)
            case ast.With() | ast.AsyncWith():
                return self.read(statement.body, told)
            case ast.Assign(targets=targets):
                self._known |= {target.id for target in targets if isinstance(target, ast.Name)}
        if any(isinstance(each, ast.Continue) for each in leaving([statement])):
            raise Stays("continue-elsewhere", statement.lineno, "the loop goes on from inside a block of the handler")
        return told

    def _going_on(self, statement: ast.Continue, told: set[Told]) -> set[Told]:
        if "ended" in told and self._guarded:
            raise Unfit
        if told != {"noted"}:
            self.ways.before.append(statement)
        return set()

    def _branches(self, statement: ast.If, told: set[Told]) -> set[Told]:
        guard = guard_of(statement.test, self._terms) if self._guarded and told == {"silent"} else None
        if guard is None or guard.error.id not in self._known or _root(guard.decide) in self._local:
            return self.read(statement.body, set(told)) | self.read(statement.orelse, set(told))
        self.ways.guards.append(guard)
        body: set[Told] = {"ended" if guard.negated else "noted"}
        other: set[Told] = {"noted" if guard.negated else "ended"}
        return self.read(statement.body, body) | self.read(statement.orelse, other)
