"""The ways through one function: a graph of steps, with the edges that exceptions take.

A step is a piece of straight code: a simple statement, or what a compound statement evaluates before its bodies.
`finally` bodies are written out once for each way that leads through them. Every step that does more than bind names or
read constants may raise.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cutover_migrate.certificate._effects import Effect, binding, effect_of
from cutover_migrate.certificate._syntax import FunctionNode, walk


@dataclass(eq=False, slots=True)
class Step:
    """One piece of straight code of the statement `node`; `raises` are the steps that its exceptions lead to."""

    node: ast.AST
    effect: Effect
    follows: list[Step] = field(default_factory=list)
    raises: list[Step] = field(default_factory=list)


Target: TypeAlias = Callable[[], Step]


@dataclass(frozen=True, slots=True)
class _Jumps:
    """Where control goes when it leaves by an exception, `return`, `break` or `continue`."""

    raises: Target
    returns: Target
    breaks: Target
    continues: Target

    def through(self, via: Callable[[Step], Step]) -> _Jumps:
        """Lead every way through more code first."""
        return _Jumps(
            _once(lambda: via(self.raises())),
            _once(lambda: via(self.returns())),
            _once(lambda: via(self.breaks())),
            _once(lambda: via(self.continues())),
        )


class Flow:
    """The graph of one function: `steps` in reverse order, and where each statement (by its id) begins and goes on.

    A statement of a `finally` has several of both; unreachable steps are there too.
    """

    def __init__(self, function: FunctionNode) -> None:
        self.steps: list[Step] = []
        self.entries: dict[int, list[Step]] = {}
        self.afters: dict[int, list[Step]] = {}
        self.returned = Step(function, Effect(raises=False))
        self.raised = Step(function, Effect(raises=False))
        nowhere = _once(lambda: self.raised)
        jumps = _Jumps(nowhere, lambda: self.returned, nowhere, nowhere)
        self.start = self._block(function.body, self.returned, jumps)

    def _step(self, node: ast.AST, effect: Effect, jumps: _Jumps, *follows: Step) -> Step:
        step = Step(node, effect, list(follows), [jumps.raises()] if effect.raises else [])
        self.steps.append(step)
        return step

    def _block(self, body: Sequence[ast.stmt], after: Step, jumps: _Jumps) -> Step:
        for statement in reversed(body):
            after = self._statement(statement, after, jumps)
        return after

    def _statement(self, statement: ast.stmt, after: Step, jumps: _Jumps) -> Step:
        self.afters.setdefault(id(statement), []).append(after)
        match statement:
            case ast.If():
                return self._ladder(statement, after, jumps)
            case ast.For() | ast.AsyncFor():
                entry = self._for(statement, after, jumps)
            case ast.While():
                entry = self._while(statement, after, jumps)
            case ast.With() | ast.AsyncWith():
                entry = self._with(statement, statement.items, after, jumps)
            case ast.Try() | ast.TryStar():
                entry = self._try(statement, after, jumps)
            case ast.Match():
                entry = self._match(statement, after, jumps)
            case _:
                entry = self._simple(statement, after, jumps)
        return self._enters(statement, entry)

    def _enters(self, statement: ast.stmt, entry: Step) -> Step:
        self.entries.setdefault(id(statement), []).append(entry)
        return entry

    def _simple(self, statement: ast.stmt, after: Step, jumps: _Jumps) -> Step:
        match statement:
            case ast.Return(value=value):
                return self._step(statement, effect_of(value), jumps, jumps.returns())
            case ast.Raise():
                return self._step(statement, replace(effect_of(statement), raises=True), jumps)
            case ast.Break():
                return self._step(statement, Effect(raises=False), jumps, jumps.breaks())
            case ast.Continue():
                return self._step(statement, Effect(raises=False), jumps, jumps.continues())
            case _:
                return self._step(statement, effect_of(statement), jumps, after)

    def _ladder(self, statement: ast.If, after: Step, jumps: _Jumps) -> Step:
        """Build an `if` with all of its `elif`, from the last one up."""
        arms = [statement]
        while len(arms[-1].orelse) == 1 and isinstance(arms[-1].orelse[0], ast.If):
            arms.append(arms[-1].orelse[0])
        below = self._block(arms[-1].orelse, after, jumps)
        for arm in reversed(arms):
            below = self._enters(
                arm, self._step(arm, effect_of(arm.test), jumps, self._block(arm.body, after, jumps), below)
            )
        return below

    def _while(self, statement: ast.While, after: Step, jumps: _Jumps) -> Step:
        head = self._step(statement, effect_of(statement.test), jumps)
        inside = replace(jumps, breaks=lambda: after, continues=lambda: head)
        endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
        head.follows = [] if endless else [self._block(statement.orelse, after, jumps)]
        head.follows.append(self._block(statement.body, head, inside))
        return head

    def _for(self, statement: ast.For | ast.AsyncFor, after: Step, jumps: _Jumps) -> Step:
        head = self._step(statement, Effect(), jumps)
        inside = replace(jumps, breaks=lambda: after, continues=lambda: head)
        body = self._block(statement.body, head, inside)
        head.follows = [self._bound(statement, statement.target, jumps, body)]
        head.follows.append(self._block(statement.orelse, after, jumps))
        return self._step(statement, effect_of(statement.iter), jumps, head)

    def _bound(self, statement: ast.AST, target: ast.expr, jumps: _Jumps, after: Step) -> Step:
        return self._step(statement, effect_of(target), jumps, after)

    def _with(
        self, statement: ast.With | ast.AsyncWith, items: Sequence[ast.withitem], after: Step, jumps: _Jumps
    ) -> Step:
        if not items:
            return self._block(statement.body, after, jumps)
        leaves = jumps.through(lambda target: self._step(statement, Effect(), jumps, target))
        inside = replace(leaves, raises=_once(lambda: self._step(statement, Effect(), jumps, after)))
        left = self._step(statement, Effect(), jumps, after)
        entered = self._with(statement, items[1:], left, inside)
        if items[0].optional_vars is not None:
            entered = self._bound(statement, items[0].optional_vars, inside, entered)
        return self._step(statement, replace(effect_of(items[0].context_expr), raises=True), jumps, entered)

    def _try(self, statement: ast.Try | ast.TryStar, after: Step, jumps: _Jumps) -> Step:
        if statement.finalbody:
            outer = jumps

            def finally_to(target: Step) -> Step:
                return self._block(statement.finalbody, target, outer)

            after, jumps = finally_to(after), jumps.through(finally_to)
        caught = _once(lambda: self._handlers(statement, after, jumps))
        inside = replace(jumps, raises=caught)
        return self._block(statement.body, self._block(statement.orelse, after, jumps), inside)

    def _handlers(self, statement: ast.Try | ast.TryStar, after: Step, jumps: _Jumps) -> Step:
        other = jumps.raises()
        for handler in reversed(statement.handlers):
            done = after
            if isinstance(statement, ast.TryStar):
                done = self._step(statement, Effect(raises=False), jumps, after, other)
            body = self._handler(handler, done, jumps)
            unmatched = [other] if handler.type is not None else []
            other = self._step(statement, effect_of(handler.type), jumps, body, *unmatched)
        return other

    def _handler(self, handler: ast.ExceptHandler, after: Step, jumps: _Jumps) -> Step:
        if handler.name is None:
            return self._block(handler.body, after, jumps)
        names = frozenset({handler.name})

        def unbind(target: Step) -> Step:
            return self._step(handler, Effect(unbound=names, raises=False), jumps, target)

        body = self._block(handler.body, unbind(after), jumps.through(unbind))
        return self._step(handler, binding(names), jumps, body)

    def _match(self, statement: ast.Match, after: Step, jumps: _Jumps) -> Step:
        below = after
        for case in reversed(statement.cases):
            body = self._block(case.body, after, jumps)
            if case.guard is not None:
                body = self._step(statement, effect_of(case.guard), jumps, body, below)
            body = self._step(statement, binding(_captured(case.pattern)), jumps, body)
            others = [] if case.guard is None and _takes_all(case.pattern) else [below]
            below = self._step(statement, effect_of(*_evaluated(case.pattern)), jumps, body, *others)
        return self._step(statement, effect_of(statement.subject), jumps, below)


def _once(make: Target) -> Target:
    made: list[Step] = []

    def target() -> Step:
        if not made:
            made.append(make())
        return made[0]

    return target


def _takes_all(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _captured(pattern: ast.pattern) -> set[str]:
    found = set()
    for node in walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
    return found


def _evaluated(pattern: ast.pattern) -> list[ast.expr]:
    return [node for node in walk(pattern) if isinstance(node, ast.expr)]
