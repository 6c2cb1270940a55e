"""LIFT: branches that are different programs become handlers of one shape.

A handler takes the *captures* (what any of the bodies reads of the function's own names) and gives the *outputs* (what
any of them binds and what is read afterwards). Whatever means something else in a function of its own stays where it
is: that branch is kept, with the reason.

Example: ``find_lift(chain, chain.branches)``
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cutover_migrate.find import Branch, Chain, FunctionNodes, bound_by, every_node
from cutover_migrate.rewrite._bodies import (
    LOOPS,
    SCOPES,
    binds_here,
    body_nodes,
    function_nodes,
    in_source_order,
    mention_line,
    mentioned_beside,
    own_statements,
    scope_bound,
    times_bound,
    waits,
    waits_at_once,
)
from cutover_migrate.rewrite._flow import Flow
from cutover_migrate.rewrite._mentions import function_locals, inside_of, mentions, parameters
from cutover_migrate.rewrite._template import Differs, own_imports

MOST_CAPTURES = 16


@dataclass(frozen=True)
class Lift:
    """The branches that become handlers, and the shape that all handlers of the site have."""

    members: tuple[Branch, ...]
    falls: tuple[bool, ...]
    captures: tuple[str, ...]
    outputs: tuple[str, ...]
    waits: bool
    returns: bool
    odd: tuple[tuple[Branch, Differs], ...]


@dataclass(frozen=True)
class _Body:
    """One branch's body with what is known of it."""

    branch: Branch
    needs: frozenset[str]
    bound: frozenset[str]
    gives: frozenset[str]
    binds: frozenset[str]
    falls: bool
    returns: bool

    @property
    def line(self) -> int:
        return self.branch.line


def find_lift(chain: Chain, branches: Sequence[Branch]) -> Lift:
    """The largest set of branches that can be lifted together; the others are odd."""
    function = next((scope for scope in reversed(chain.scopes) if isinstance(scope, FunctionNodes)), None)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _none(branches, "module-level")
    if any(isinstance(node, ast.TryStar) for node in function_nodes(function)):
        return _none(branches, "seen-on-error")
    return _Lifter(chain, function).lift(branches)


def imports_stay_inside(chain: Chain, branches: Sequence[Branch]) -> bool:
    """Whether what branches import for themselves is read nowhere but in the chain."""
    function = next((scope for scope in reversed(chain.scopes) if isinstance(scope, FunctionNodes)), None)
    names = {
        alias.asname or alias.name for branch in branches for found in own_imports(branch.body) for alias in found.names
    }
    if function is None:
        return False
    inside = {id(node) for part in chain.nodes for node in every_node(part)}
    moved = {id(node) for branch in branches for node in body_nodes(branch.body)}
    outside = [node for node in every_node(function) if id(node) not in inside]
    staying = [node for part in chain.nodes for node in every_node(part) if id(node) not in moved]
    bound = {name for node in staying for name in bound_by(node)}
    mentioned = {name for node in staying for name in _named(node)}
    return not any(names & _named(node) for node in outside) and not names & mentioned - bound


def _named(node: ast.AST) -> set[str]:
    """The identifiers that one node spells itself."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            return {name}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
        case ast.alias():
            return {node.asname or node.name}
        case _:
            return set()


def _none(branches: Sequence[Branch], code: str) -> Lift:
    return Lift((), (), (), (), False, False, tuple((branch, Differs(code, branch.line)) for branch in branches))


@lru_cache(maxsize=64)
def _flow(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Flow:
    return Flow(function)


@lru_cache(maxsize=64)
def _late_scopes(function: ast.AST) -> list[tuple[tuple[int, int], set[str]]]:
    """Where code that runs later stands in a function, and which of the function's names it shares."""
    late = (node for node in function_nodes(function) if isinstance(node, (*SCOPES, ast.GeneratorExp)))
    return [(_place(node), mentions(node).cells) for node in late]


def _place(node: ast.AST) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((part.lineno, part.col_offset) for part in [node, *decorators])  # type: ignore[attr-defined]


class _Lifter:
    def __init__(self, chain: Chain, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.chain = chain
        self.function = function
        self.flow = _flow(function)
        self.outer = [scope for scope in chain.scopes if isinstance(scope, FunctionNodes) and scope is not function]
        self.in_class = any(isinstance(scope, ast.ClassDef) for scope in chain.scopes)
        self.whole = inside_of(function)
        self.live = self.flow.live_after(_joined(chain))
        self.bound = self._bound_at_start()
        self.looped = any(
            isinstance(node, LOOPS) and any(part is chain.nodes[0] for part in every_node(node))
            for node in function_nodes(function)
        )
        self.bound_outside = self._bound_outside()
        self.streams = isinstance(function, ast.AsyncFunctionDef) and any(
            isinstance(node, (ast.Yield, ast.YieldFrom)) for node in function_nodes(function)
        )
        self.odd: dict[int, Differs] = {}

    def lift(self, branches: Sequence[Branch]) -> Lift:
        bodies = [body for branch in branches if (body := self._read(branch)) is not None]
        bodies = self._one_way_out(bodies)
        bodies, outputs = self._agreed(bodies)
        bodies = self._with_locals(bodies, set() if any(body.returns for body in bodies) else outputs)
        captures = self._captures(bodies, outputs)
        if len(captures) > MOST_CAPTURES:
            for body in bodies:
                self._leave_out(body.branch, "many-captures", body.line)
            bodies = []
        returns = any(body.returns for body in bodies)
        waiting = any(waits(body.branch.body) for body in bodies)
        members = tuple(body.branch for body in bodies)
        odd = tuple((branch, self.odd[id(branch)]) for branch in branches if id(branch) in self.odd)
        falls = tuple(body.falls for body in bodies)
        return Lift(
            members, falls, captures, () if returns else tuple(self._in_order(outputs, bodies)), waiting, returns, odd
        )

    # ---- one branch

    def _read(self, branch: Branch) -> _Body | None:
        why = next(self._obstacles(branch), None)
        if why is not None:
            self._leave_out(branch, *why)
            return None
        return _Body(
            branch,
            frozenset(self.flow.needs(branch.body) & self._visible),
            frozenset(self.flow.bound_by(branch.body)),
            frozenset(self.flow.bound_by(branch.body, self.bound)),
            frozenset(mentions(*branch.body).binds & self.flow.local),
            self.flow.falls_through(branch.body),
            any(isinstance(node, ast.Return) for node in own_statements(branch.body)),
        )

    def _obstacles(self, branch: Branch) -> Iterator[tuple[str, int]]:
        """What forbids that a body moves into a function of its own, with its line."""
        yield from scope_bound(branch.body, in_class=self.in_class)
        found = mentions(*branch.body)
        line = branch.line
        if any(isinstance(node, FunctionNodes) and waits_at_once(node) for node in body_nodes(branch.body)):
            yield "scope-bound", line
        if found.deleted or found.elsewhere or found.binds & self.whole.elsewhere:
            yield "scope-bound", line
        if found.binds - self.flow.local - self.whole.elsewhere:
            yield "scope-bound", line
        needs = self.flow.needs(branch.body) & self._visible
        unsure = sorted(needs - self.bound)
        if unsure:
            yield "capture-unbound", mention_line(branch.body, unsure[0]) or line
        others = self._cells_outside(branch.body)
        if found.binds & others:
            yield "closure", line
        changing = self.whole.shared | self.whole.elsewhere
        if needs & changing or any(name in inside_of(scope).shared for scope in self.outer for name in needs):
            yield "closure", line
        if any(not self._is_steady(name) for name in found.cells & needs):
            yield "closure", line
        own = found.cells & found.binds
        if own and (self.looped or own & (self.live | self.bound_outside)):
            yield "closure", line
        if self.streams and any(isinstance(node, ast.Return) for node in own_statements(branch.body)):
            yield "yields", line
        if self.flow.seen_on_error(branch.body) & found.binds:
            yield "seen-on-error", line

    def _is_steady(self, name: str) -> bool:
        """Whether a captured name is bound once for all, so that late code sees what the handler was given."""
        return name not in self.flow.local or times_bound(self.function, name) <= 1

    @cached_property
    def _visible(self) -> set[str]:
        """The names of the enclosing functions that the chain can see."""
        names: set[str] = set()
        for scope in [*self.outer, self.function]:
            names = (names - inside_of(scope).globals) | function_locals(scope)
        return names

    def _cells_outside(self, body: Sequence[ast.stmt]) -> set[str]:
        """The names that code elsewhere in the function, running later, shares."""
        first, last = _place(body[0]), (body[-1].end_lineno or 0, body[-1].end_col_offset or 0)
        return {name for place, cells in _late_scopes(self.function) if not first <= place < last for name in cells}

    def _bound_outside(self) -> set[str]:
        """The names that the function binds outside of the chain's bodies."""
        inside = {id(node) for branch in self.chain.branches for part in branch.body for node in every_node(part)}
        found = parameters(self.function)
        for node in function_nodes(self.function):
            if id(node) in inside:
                continue
            found |= binds_here(node) if isinstance(node, ast.stmt) else set(bound_by(node))
        return found

    def _bound_at_start(self) -> set[str]:
        """The names that are bound for certain when the chain is reached, those of outer functions included."""
        first = self.chain.branches[0].node
        bound = set(self.flow.bound_before(first))
        inner, hidden = self.function, set(self.flow.local)
        for scope in reversed(self.outer):
            own = function_locals(scope)
            once = {name for name in own - hidden if times_bound(scope, name) <= 1}
            if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
                flow = _flow(scope)
                once &= flow.bound_before(inner) if id(inner) in flow.entry_of else set()
            else:
                once &= parameters(scope)
            bound |= once
            hidden |= own
            inner = scope  # type: ignore[assignment]
        return bound

    # ---- all branches

    def _one_way_out(self, bodies: list[_Body]) -> list[_Body]:
        """Of bodies that leave the function and bodies that go on, the more numerous; a raise goes with either."""
        returning = [body for body in bodies if body.returns]
        ends = self.flow.next_of[id(_joined(self.chain))] == self.flow.end
        leaving = [body for body in returning if ends or not body.falls]
        mixed = [body for body in returning if body not in leaving]
        going = [body for body in bodies if body.falls and not body.returns]
        if leaving and ends:
            leaving, going = [*leaving, *going], []
        chosen, other = (leaving, going) if len(leaving) > len(going) else (going, leaving)
        for body in (*mixed, *other):
            self._leave_out(body.branch, "returns-sometimes", body.line)
        raising = [body for body in bodies if not body.falls and not body.returns]
        staying = {id(body) for body in (*chosen, *raising)}
        return [body for body in bodies if id(body) in staying]

    def _agreed(self, bodies: list[_Body]) -> tuple[list[_Body], set[str]]:
        """The bodies that can all give one set of outputs; of those at odds over a name, the fewer stay in place."""
        while bodies:
            outputs = {name for body in bodies for name in body.binds & self.live}
            short = {name: [body for body in bodies if body.falls and name not in body.gives] for name in outputs}
            at_odds = next((name for name in sorted(outputs) if short[name]), None)
            if at_odds is None:
                return bodies, outputs
            binding = [body for body in bodies if at_odds in body.binds]
            for body in min(short[at_odds], binding, key=len):
                self._leave_out(body.branch, "output-unbound", body.line)
            bodies = [body for body in bodies if id(body.branch) not in self.odd]
        return [], set()

    def _with_locals(self, bodies: list[_Body], outputs: set[str]) -> list[_Body]:
        """Without the bodies that alone make a name local which the rest of the function mentions."""
        moved = {id(node) for body in bodies for node in body_nodes(body.branch.body)}
        named, bound = mentioned_beside(self.function, moved)
        bound |= outputs | parameters(self.function)
        for body in [body for body in bodies if (body.binds & named) - bound]:
            self._leave_out(body.branch, "output-unbound", body.line)
        return [body for body in bodies if not (body.binds & named) - bound]

    def _captures(self, bodies: Sequence[_Body], outputs: set[str]) -> tuple[str, ...]:
        wanted = {name for body in bodies for name in body.needs}
        for body in bodies:
            wanted |= outputs - body.bound if body.falls else set()
        return tuple(self._in_order(wanted, bodies))

    def _in_order(self, names: set[str], bodies: Sequence[_Body]) -> list[str]:
        """Names in the order in which the bodies first mention them, ``self`` and its like first."""
        arguments = self.function.args
        first = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][:1]
        mentioned = [
            node.id
            for body in bodies
            for statement in body.branch.body
            for node in in_source_order(statement)
            if isinstance(node, ast.Name)
        ]
        ordered = [*(first if self.in_class else []), *mentioned, *sorted(names)]
        return list(dict.fromkeys(name for name in ordered if name in names))

    def _leave_out(self, branch: Branch, code: str, line: int) -> None:
        self.odd[id(branch)] = Differs(code, line)


def _joined(chain: Chain) -> ast.AST:
    """The statement behind which a chain's ways come together."""
    return chain.nodes[-1]
