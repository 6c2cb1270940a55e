"""When a branch's body does the same in a handler: the obligations of a lift, checked on the legacy function.

The body runs in a frame of its own there. So each local name that it reads has to be handed in, bound for certain and
rebound by nobody meanwhile; each name that it binds and that is read afterwards has to come back; and nobody may see
the names half bound: no `except` or `finally` on the way out, no closure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cutover_migrate.certificate._dataflow import Dataflow
from cutover_migrate.certificate._flow import Step
from cutover_migrate.certificate._handlers import Call
from cutover_migrate.certificate._liftable import bound_to_scope
from cutover_migrate.certificate._names import bound_in, used_in
from cutover_migrate.certificate._scope import Scope
from cutover_migrate.certificate._syntax import FUNCTIONS, FunctionNode, walk

_STOPS = frozenset({"StopIteration", "next"})
_STOPPING_METHODS = frozenset({"__next__", "send", "throw"})


class Flows:
    """Keeps the facts of each function that was asked for."""

    def __init__(self) -> None:
        self._known: dict[int, Dataflow] = {}
        self._nonlocals: dict[int, frozenset[str]] = {}

    def of(self, function: FunctionNode) -> Dataflow:
        """Give the facts of a function."""
        if id(function) not in self._known:
            self._known[id(function)] = Dataflow(function)
        return self._known[id(function)]

    def nonlocals(self, function: FunctionNode) -> frozenset[str]:
        """Give the names that a function or any function in it declares nonlocal."""
        if id(function) not in self._nonlocals:
            declared = (node.names for node in walk(function) if isinstance(node, ast.Nonlocal))
            self._nonlocals[id(function)] = frozenset(name for names in declared for name in names)
        return self._nonlocals[id(function)]


@dataclass(frozen=True)
class Lift:
    """One lifted body: `body` are the legacy statements, `front` is the first legacy statement of the site."""

    flows: Flows
    scope: Scope
    call: Call
    body: Sequence[ast.stmt]
    front: ast.stmt | None

    def faults(self) -> Iterator[str]:
        """Give what stands against the lift."""
        if not isinstance(self.scope.owner, FUNCTIONS):
            yield "a branch is lifted only out of a function"
            return
        for check in (self._form, self._scope_names, self._captures, self._outputs, self._half_bound, self._closures):
            found = list(check())
            yield from found
            if found:
                return

    @cached_property
    def shielded(self) -> bool:
        """Whether an exception of the body is seen inside the function around, before the caller sees it."""
        outside = {target for _, target, _ in self._thrown}
        return outside != {self.flow.flow.raised} if outside else False

    @property
    def may_stop(self) -> bool:
        """Whether a StopIteration of the body would come to somebody as something else than before."""
        if not isinstance(self.call.handler, ast.AsyncFunctionDef):
            return False
        generates = any(isinstance(node, ast.Yield) for node in walk(self.function))
        return self.shielded or generates

    # ---- the parts that the obligations speak of

    @property
    def function(self) -> FunctionNode:
        owner = self.scope.owner
        assert isinstance(owner, FUNCTIONS)
        return owner

    @cached_property
    def flow(self) -> Dataflow:
        return self.flows.of(self.function)

    @cached_property
    def assigned(self) -> frozenset[str]:
        return bound_in(self.body)

    @cached_property
    def steps(self) -> set[Step]:
        return self.flow.steps_in(self.body)

    @cached_property
    def starts(self) -> list[Step]:
        return self.flow.flow.entries.get(id(self.body[0]), [])

    @cached_property
    def inside(self) -> dict[Step, int]:
        """The reachable steps of the body, with the names that the body itself has bound for certain before each."""
        return self.flow.bound_from(dict.fromkeys(self.starts, 0), self.steps)

    @cached_property
    def _ended(self) -> list[tuple[Step, Step]]:
        """(step, next step) of each way out but by an exception."""
        return [(step, target) for step in self.inside for target in step.follows if target not in self.steps]

    @cached_property
    def _thrown(self) -> list[tuple[Step, Step, int]]:
        """(step, next step, names that may be bound or gone by then) of each way out by an exception."""
        before = self._touched
        bits = self.flow.names.bits
        return [
            (step, target, before[step] | bits(step.effect.early | step.effect.unbound))
            for step in self.inside
            for target in step.raises
            if target not in self.steps
        ]

    @cached_property
    def _touched(self) -> dict[Step, int]:
        """Give, for each step of the body, the names that the body may have bound or deleted before it."""
        bits = self.flow.names.bits
        before = dict.fromkeys(self.inside, 0)
        pending = list(self.inside)
        while pending:
            step = pending.pop()
            gone = bits(step.effect.unbound)
            after = before[step] | bits(step.effect.maybe) | gone
            raised = before[step] | bits(step.effect.early) | gone
            for target, more in (*((t, after) for t in step.follows), *((t, raised) for t in step.raises)):
                if target in before and before[target] | more != before[target]:
                    before[target] |= more
                    pending.append(target)
        return before

    # ---- the obligations

    def _form(self) -> Iterator[str]:
        call = self.call
        parameters = tuple(arg.arg for arg in call.handler.args.args)
        if parameters != call.arguments:
            yield f"it takes {list(parameters)}, and is given {list(call.arguments)}"
        if isinstance(call.handler, ast.AsyncFunctionDef) != call.awaited:
            yield "it is `async def` and not awaited, or awaited and no `async def`"
        if not self.starts:
            yield "its body is not one branch of the legacy function"
        in_class = any(isinstance(owner, ast.ClassDef) for owner in self.scope.owners)
        for node, does in bound_to_scope(self.body, returns=call.returns, in_class=in_class):
            yield f"the branch {does}{_line(node)}"

    def _scope_names(self) -> Iterator[str]:
        foreign = sorted((self.assigned | {*self.call.outputs}) & self.flow.declared)
        yield from (f"{name!r} is declared global or nonlocal around the branch" for name in foreign)
        moving = {*self.call.arguments, *self.call.outputs, *self.assigned}
        shared = sorted(moving & self._nonlocals)
        yield from (f"{name!r} is declared nonlocal by a nested function" for name in shared)
        typed = {param.name for owner in self.scope.owners for param in getattr(owner, "type_params", [])}
        yield from (f"{name!r} is a type parameter" for name in sorted(typed & self._used))

    @cached_property
    def _nonlocals(self) -> frozenset[str]:
        return self.flows.nonlocals(next(owner for owner in self.scope.owners if isinstance(owner, FUNCTIONS)))

    @cached_property
    def _used(self) -> frozenset[str]:
        return used_in(self.body)

    def _captures(self) -> Iterator[str]:
        given = frozenset(self.call.arguments)
        for name in sorted(self._used - self.assigned - given):
            if self._home(name) is not None:
                yield f"the branch reads {name!r}{self._use(name)}, a local name that is not handed in"
        there = frozenset(self.flow.names.names(self.flow.may_be_bound(self.starts)))
        for name in sorted((self._exposed & self.assigned & there) - given):
            yield f"the branch may read {name!r}{self._use(name)} before it binds it, and it is not handed in"
        for name in self.call.arguments:
            yield from self._capture(name)

    def _capture(self, name: str) -> Iterator[str]:
        home = self._home(name)
        if home is None:
            yield f"{name!r} is handed in, and is no local name of the function"
        elif home is self.function:
            if self.front is None or name not in self.flow.bound_at(self.front):
                yield f"{name!r} is handed in, and may be unbound where the site begins"
        elif not self._stays(home, name):
            yield f"{name!r} is handed in, and {home.name!r} around may bind it again meanwhile"

    def _home(self, name: str) -> FunctionNode | None:
        """Give the function whose local a name is where the branch stands; None for a global."""
        if name in self.flow.local:
            return self.function
        if name in self.flow.declared and name not in self._nonlocals:
            return None
        around = [owner for owner in self.scope.owners[:-1] if isinstance(owner, FUNCTIONS)]
        return next((owner for owner in reversed(around) if name in self.flows.of(owner).local), None)

    def _stays(self, home: FunctionNode, name: str) -> bool:
        """Tell whether a name of a function around is bound when this one is made, and never again."""
        flow = self.flows.of(home)
        made = self.scope.owners[self.scope.owners.index(home) + 1]
        if not isinstance(made, ast.stmt) or name not in flow.bound_at(made):
            return False
        later = flow.reached(flow.flow.entries[id(made)])
        return not any(name in step.effect.maybe | step.effect.unbound for step in later)

    @cached_property
    def _exposed(self) -> frozenset[str]:
        names = self.flow.names
        exposed = 0
        for step, bound in self.inside.items():
            exposed |= names.bits(step.effect.exposed) & ~bound
        return frozenset(names.names(exposed))

    def _outputs(self) -> Iterator[str]:
        outputs = frozenset(self.call.outputs)
        local = self.flow.local
        yield from (f"{name!r} comes back, and is no local name" for name in sorted(outputs - local))
        names = self.flow.names
        for _, target in self._ended:
            lost = names.bits(self.assigned - outputs) & self.flow.read_after(target)
            for name in names.names(lost):
                yield f"the branch binds {name!r}{self._use(name)}, which may be read afterwards and does not come back"
                return
        falls = [(step, target) for step, target in self._ended if target in self._behind]
        if self.call.returns:
            if any(target is not self.flow.flow.returned for _, target in falls):
                yield "the branch may go on behind the site, where the call returns"
            return
        for step, _ in falls:
            for name in sorted(outputs - self._bound_behind(step)):
                yield f"{name!r} comes back, and may be unbound at the end of the branch"
                return

    @cached_property
    def _behind(self) -> list[Step]:
        return self.flow.flow.afters.get(id(self.body[-1]), [])

    @cached_property
    def _bound_inside(self) -> dict[Step, int]:
        given = self.flow.names.bits(self.call.arguments)
        return self.flow.bound_from(dict.fromkeys(self.starts, given), self.steps)

    def _bound_behind(self, step: Step) -> frozenset[str]:
        bits = self.flow.names.bits
        after = (self._bound_inside[step] | bits(step.effect.sure)) & ~bits(step.effect.unbound)
        return frozenset(self.flow.names.names(after))

    def _half_bound(self) -> Iterator[str]:
        names = self.flow.names
        assigned = names.bits(self.assigned)
        for step, target, bound in self._thrown:
            for name in names.names(bound & assigned & self.flow.read_after(target)):
                yield f"the branch binds {name!r}, which may be read when it fails behind that{_line(step.node)}"
                return

    def _closures(self) -> Iterator[str]:
        closed = frozenset().union(*(step.effect.closes for step in self.inside)) & self.flow.local
        if closed:
            left = {target for _, target in self._ended} | {target for _, target, _ in self._thrown}
            later = (step.effect.maybe | step.effect.unbound for step in self.flow.reached(left))
            for name in sorted(closed & frozenset().union(*later)):
                yield f"a function made in the branch reads {name!r}{self._use(name)}, which is bound again afterwards"
        for step in self.flow.closing:
            seen = step.effect.closes & self.assigned if step not in self.steps else None
            if seen and self.flow.reached([step]) & set(self.starts):
                yield f"the branch binds {min(seen)!r}, which a function made before it reads{_line(step.node)}"

    def _use(self, name: str) -> str:
        nodes = (node for statement in self.body for node in walk(statement))
        uses = (node for node in nodes if isinstance(node, ast.Name) and node.id == name)
        return _line(next(uses, None))


def stops(body: Sequence[ast.stmt]) -> ast.AST | None:
    """Give the first place in the code that speaks of StopIteration."""
    for node in (node for statement in body for node in walk(statement)):
        named = isinstance(node, ast.Name) and node.id in _STOPS
        called = isinstance(node, ast.Attribute) and node.attr in _STOPPING_METHODS
        if named or called:
            return node
    return None


def _line(node: ast.AST | None) -> str:
    line = getattr(node, "lineno", None)
    return f" (line {line})" if line else ""
