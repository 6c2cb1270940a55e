"""The control flow of one function: what may be read later, and what is bound for certain.

Every statement, and every test or header of a compound one, is a step with the names it reads and binds, where it goes
on, and where it goes when it raises. Any step may raise. Edges err on the side of more: a ``finally`` with branches of
its own goes on to everywhere that anybody came from, a ``with`` may swallow what is raised in it.

Example: ``Flow(function).live_after(statement)``
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from cutover_migrate.rewrite._mentions import function_locals, mentions, parameters

NOWHERE = -1


@dataclass
class Step:
    """One step.

    ``binds`` are bound when it goes on, ``maybe`` may be, ``early`` may be although it raises; ``kills`` are unbound.
    """

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    kills: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    goes: list[int] = field(default_factory=list)
    raises: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Targets:
    """Where control goes by other ways than the next statement."""

    error: int
    leave: int
    again: int = NOWHERE
    out: int = NOWHERE

    def through(self, door: Callable[[int], int]) -> _Targets:
        """The same ways, each by a door of its own."""
        ways = (self.error, self.leave, self.again, self.out)
        return _Targets(*(door(way) if way != NOWHERE else NOWHERE for way in ways))


class Flow:
    """The steps of one function, built from the end."""

    def __init__(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.function = function
        self.local = function_locals(function)
        self.steps: list[Step] = []
        self.entry_of: dict[int, int] = {}
        self.next_of: dict[int, int] = {}
        self.spans: dict[int, tuple[int, int]] = {}
        self.end, leave = self._step(), self._step()
        self.first = self._block(function.body, self.end, _Targets(leave, leave))

    # ---- what is asked

    def live_after(self, statement: ast.AST) -> set[str]:
        """The names that may be read once a statement is behind us."""
        return self.live[self.next_of[id(statement)]]

    def bound_before(self, statement: ast.AST) -> set[str]:
        """The names that are bound for certain when a statement begins."""
        return self._bound[self.entry_of[id(statement)]] or set()

    def needs(self, body: Sequence[ast.stmt]) -> set[str]:
        """The names that a body may read before it binds them."""
        inside = self._inside(body)
        return self._liveness(inside)[self.entry_of[id(body[0])] - inside.start]

    def bound_by(self, body: Sequence[ast.stmt], given: Iterable[str] = ()) -> set[str]:
        """The names that are bound for certain when a body falls through (every name where it never does)."""
        ends = self._exits(body, set(given))
        return set.intersection(*ends) if ends else set(self.local)

    def falls_through(self, body: Sequence[ast.stmt]) -> bool:
        """Whether control can reach what follows a body."""
        return bool(self._exits(body, set()))

    def _exits(self, body: Sequence[ast.stmt], given: set[str]) -> list[set[str]]:
        """The names bound for certain at each place from which control reaches what follows a body."""
        inside = self._inside(body)
        after = self.next_of[id(body[-1])]
        state = self._boundness(inside, self.entry_of[id(body[0])], given)
        return [
            before - self.steps[number].kills | self.steps[number].binds
            for number, before in state.items()
            if before is not None and after in self.steps[number].goes
        ]

    def seen_on_error(self, body: Sequence[ast.stmt]) -> set[str]:
        """The names that a body may have bound when it is left in its middle, and that may be read then."""
        inside = self._inside(body)
        after = self.next_of[id(body[-1])]
        bound = self._maybe_bound(inside, self.entry_of[id(body[0])])
        found: set[str] = set()
        for step in inside:
            so_far = bound[step]
            if so_far is None:
                continue
            outward = [way for way in self.steps[step].raises if way not in bound]
            found |= {name for way in outward for name in self.live[way] & (so_far | self.steps[step].early)}
            leaving = [way for way in self.steps[step].goes if way not in bound and way != after]
            found |= {name for way in leaving for name in self.live[way] & (so_far | self.steps[step].maybe)}
        return found

    # ---- analyses

    @cached_property
    def live(self) -> list[set[str]]:
        """The names that may be read from each step on."""
        return self._liveness(range(len(self.steps)))

    def _liveness(self, inside: range) -> list[set[str]]:
        first = inside.start
        live: list[set[str]] = [set() for _ in inside]
        changed = True
        while changed:
            changed = False
            for number in inside:
                step = self.steps[number]
                after = {name for way in step.goes if way in inside for name in live[way - first]}
                on_error = {name for way in step.raises if way in inside for name in live[way - first]}
                now = step.reads | (after - step.binds - step.kills) | on_error
                if now != live[number - first]:
                    live[number - first] = now
                    changed = True
        return live

    @cached_property
    def _bound(self) -> dict[int, set[str] | None]:
        return self._boundness(range(len(self.steps)), self.first, parameters(self.function))

    def _boundness(self, inside: range, start: int, given: set[str]) -> dict[int, set[str] | None]:
        """The names bound for certain when each step begins; ``None`` where no path leads."""

        def through(step: Step, before: set[str]) -> tuple[set[str], set[str]]:
            left = before - step.kills
            return left | step.binds, left

        return self._forward(inside, start, given, through, set.intersection)

    def _maybe_bound(self, inside: range, start: int) -> dict[int, set[str] | None]:
        """The names that may have been bound since ``start`` when each step begins."""

        def through(step: Step, before: set[str]) -> tuple[set[str], set[str]]:
            return before | step.maybe, before | step.early

        return self._forward(inside, start, set(), through, set.union)

    def _forward(
        self,
        inside: range,
        start: int,
        given: set[str],
        through: Callable[[Step, set[str]], tuple[set[str], set[str]]],
        joined: Callable[[set[str], set[str]], set[str]],
    ) -> dict[int, set[str] | None]:
        """The least solution of a forward analysis; ``through``: what holds when a step goes on, and when it raises."""
        state: dict[int, set[str] | None] = dict.fromkeys(inside)
        state[start] = set(given)
        work = [start]
        while work:
            number = work.pop()
            step = self.steps[number]
            for ways, known in zip((step.goes, step.raises), through(step, state[number] or set()), strict=True):
                for way in ways:
                    if way not in state:
                        continue
                    old = state[way]
                    new = set(known) if old is None else joined(old, known)
                    if new != old:
                        state[way] = new
                        work.append(way)
        return state

    def _inside(self, body: Sequence[ast.stmt]) -> range:
        spans = [self.spans[id(statement)] for statement in body]
        return range(min(span[0] for span in spans), max(span[1] for span in spans))

    # ---- construction, from the end

    def _step(
        self,
        *parts: ast.AST | None,
        goes: Sequence[int] = (),
        error: int | None = None,
        kills: Sequence[str] = (),
        binds: Sequence[str] = (),
    ) -> int:
        found = mentions(*parts)
        early = set(found.walrus) | (found.binds if _binds_by_parts(parts) else set())
        step = Step(
            reads=found.reads | found.deleted,
            binds=found.certain | set(binds),
            maybe=found.binds | set(binds),
            kills=set(kills) | found.deleted,
            early=early,
            goes=list(goes),
            raises=[] if error is None else [error],
        )
        self.steps.append(step)
        return len(self.steps) - 1

    def _block(self, body: Sequence[ast.stmt], after: int, targets: _Targets) -> int:
        for statement in reversed(body):
            begin = len(self.steps)
            self.next_of[id(statement)] = after
            after = self._statement(statement, after, targets)
            self.entry_of[id(statement)] = after
            self.spans[id(statement)] = (begin, len(self.steps))
        return after

    def _statement(self, statement: ast.stmt, after: int, targets: _Targets) -> int:
        error = targets.error
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                ways = [self._block(body, after, targets), self._block(orelse, after, targets)]
                return self._step(test, goes=ways, error=error)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(statement, after, targets)
            case ast.Try() | ast.TryStar():
                return self._try(statement, after, targets)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                swallow = self._step(goes=[after, error])
                leave = self._step(goes=[after], error=error)
                inner = self._block(body, leave, replace(targets, error=swallow))
                for item in reversed(items):
                    inner = self._step(item.context_expr, item.optional_vars, goes=[inner], error=swallow)
                return inner
            case ast.Match(subject=subject, cases=cases):
                return self._match(subject, cases, after, targets)
            case ast.Return(value=value):
                return self._step(value, goes=[targets.leave], error=error)
            case ast.Raise():
                return self._step(statement, error=error)
            case ast.Break():
                return self._step(goes=[targets.out], error=error)
            case ast.Continue():
                return self._step(goes=[targets.again], error=error)
            case ast.AnnAssign(value=None):
                return self._step(goes=[after], error=error)
            case _:
                return self._step(statement, goes=[after], error=error)

    def _loop(self, statement: ast.While | ast.For | ast.AsyncFor, after: int, targets: _Targets) -> int:
        ended = self._block(statement.orelse, after, targets)
        if isinstance(statement, ast.While):
            endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
            head = self._step(statement.test, goes=[] if endless else [ended], error=targets.error)
            start = head
        else:
            head = self._step(goes=[ended], error=targets.error)
            start = self._step(statement.iter, goes=[head], error=targets.error)
        body = self._block(statement.body, head, replace(targets, again=head, out=after))
        if not isinstance(statement, ast.While):
            body = self._step(statement.target, goes=[body], error=targets.error)
        self.steps[head].goes.append(body)
        return start

    def _try(self, statement: ast.Try | ast.TryStar, after: int, targets: _Targets) -> int:
        if statement.finalbody and not _may_branch(statement.finalbody):
            around = targets
            targets = around.through(lambda way: self._block(statement.finalbody, way, around))
            after = self._block(statement.finalbody, after, around)
        elif statement.finalbody:
            ways = {after, targets.error, targets.leave, targets.again, targets.out} - {NOWHERE}
            last = self._step(goes=sorted(ways))
            final = self._block(statement.finalbody, last, targets)
            after, targets = final, targets.through(lambda _: self._step(goes=[final]))
        handlers = []
        for handler in statement.handlers:
            named = [handler.name] if handler.name else []
            end = self._step(goes=[after], kills=named)
            start = self._block(handler.body, end, targets.through(partial(self._forgets, named)))
            handlers.append(self._step(handler.type, goes=[start], error=targets.error, binds=named))
        raised = self._step(goes=[*handlers, targets.error])
        orelse = self._block(statement.orelse, after, targets)
        return self._block(statement.body, orelse, replace(targets, error=raised))

    def _forgets(self, named: Sequence[str], way: int) -> int:
        return self._step(goes=[way], kills=named)

    def _match(self, subject: ast.expr, cases: Sequence[ast.match_case], after: int, targets: _Targets) -> int:
        below = after
        for case in reversed(cases):
            body = self._block(case.body, after, targets)
            named = mentions(case.pattern).binds
            into = self._step(goes=[body], binds=sorted(named))
            ways = [into] if _takes_all(case) else [into, below]
            test = self._step(case.pattern, case.guard, goes=ways, error=targets.error)
            self.steps[test].early |= self.steps[test].maybe
            self.steps[test].binds.clear()
            self.entry_of[id(case)] = below = test
        return self._step(subject, goes=[below], error=targets.error)


def _may_branch(body: Sequence[ast.stmt]) -> bool:
    """Whether a chain may stand in a ``finally``, so that its statements must keep one place each."""
    return any(isinstance(node, (ast.If, ast.Match)) for statement in body for node in ast.walk(statement))


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _binds_by_parts(parts: Sequence[ast.AST | None]) -> bool:
    """Whether a step binds names one after the other, so that it may raise with some of them bound."""
    for part in parts:
        match part:
            case ast.Assign(targets=targets):
                return len(targets) > 1 or not isinstance(targets[0], (ast.Name, ast.Tuple)) or _stores_elsewhere(part)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return len(names) > 1
            case ast.pattern():
                return True
    return False


def _stores_elsewhere(statement: ast.Assign) -> bool:
    target = statement.targets[0]
    return isinstance(target, ast.Tuple) and not all(isinstance(item, ast.Name) for item in target.elts)
