"""What a graph of steps says of its names: bound for certain, read later, bound again.

Sets of names are bits of one number a step, and each question is one fixpoint.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from cutover_migrate.certificate._flow import Flow, Step
from cutover_migrate.certificate._names import declared_in, local_names
from cutover_migrate.certificate._syntax import SCOPES, FunctionNode


class Names:
    """Numbers the names of one function, one bit each."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}

    def bits(self, names: Iterable[str]) -> int:
        """Give a set of names as a number."""
        found = 0
        for name in names:
            found |= self._bits.setdefault(name, 1 << len(self._bits))
        return found

    def names(self, bits: int) -> list[str]:
        """Give the names of a number, sorted."""
        return sorted(name for name, bit in self._bits.items() if bits & bit)


class Dataflow:
    """The facts of one function."""

    def __init__(self, function: FunctionNode) -> None:
        self.flow = Flow(function)
        self.names = Names()
        self.local = local_names(function)
        self.declared = declared_in(function.body)
        taken = function.args
        extra = [arg for arg in (taken.vararg, taken.kwarg) if arg is not None]
        parameters = (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, *extra)
        self._parameters = self.names.bits(arg.arg for arg in parameters)
        self._of_node: dict[int, list[Step]] = {}
        for step in self.flow.steps:
            self._of_node.setdefault(id(step.node), []).append(step)

    @cached_property
    def closing(self) -> list[Step]:
        """The steps that make functions, classes or generators which read or bind names later."""
        return [step for step in self.flow.steps if step.effect.closes]

    def bound_at(self, statement: ast.stmt) -> frozenset[str]:
        """Give the names that are bound whenever the statement is reached."""
        entries = [step for step in self.flow.entries.get(id(statement), []) if step in self._bound]
        if not entries:
            return frozenset()
        common = self._bound[entries[0]]
        for step in entries[1:]:
            common &= self._bound[step]
        return frozenset(self.names.names(common))

    @cached_property
    def _bound(self) -> dict[Step, int]:
        return self.bound_from({self.flow.start: self._parameters})

    def bound_from(self, starts: dict[Step, int], inside: set[Step] | None = None) -> dict[Step, int]:
        """Give, for each step that the starts lead to, the names that are bound for certain before it."""
        before = dict(starts)
        pending = list(starts)
        while pending:
            step = pending.pop()
            for target, bits in self._bound_after(step, before[step]):
                if inside is not None and target not in inside:
                    continue
                known = before.get(target)
                joined = bits if known is None else bits & known
                if joined != known:
                    before[target] = joined
                    pending.append(target)
        return before

    def _bound_after(self, step: Step, bits: int) -> Iterator[tuple[Step, int]]:
        gone = self.names.bits(step.effect.unbound)
        after = (bits | self.names.bits(step.effect.sure)) & ~gone
        yield from ((target, after) for target in step.follows)
        yield from ((target, bits & ~gone) for target in step.raises)

    def may_be_bound(self, starts: Iterable[Step]) -> int:
        """Give, as a number, the names that some way to one of the steps has bound."""
        found = 0
        for step in starts:
            found |= self._maybe_bound.get(step, 0)
        return found

    @cached_property
    def _maybe_bound(self) -> dict[Step, int]:
        before = {self.flow.start: self._parameters}
        pending = [self.flow.start]
        while pending:
            step = pending.pop()
            after = before[step] | self.names.bits(step.effect.maybe)
            for target in (*step.follows, *step.raises):
                known = before.get(target)
                if known is None or after | known != known:
                    before[target] = after | (known or 0)
                    pending.append(target)
        return before

    def read_after(self, step: Step) -> int:
        """Give, as a number, the names that may be read from the beginning of the step on."""
        return self._read[step]

    @cached_property
    def _read(self) -> dict[Step, int]:
        flow = self.flow
        read: dict[Step, int] = dict.fromkeys((*flow.steps, flow.returned, flow.raised), 0)
        before: dict[Step, list[Step]] = {}
        for step in flow.steps:
            for target in (*step.follows, *step.raises):
                before.setdefault(target, []).append(step)
        pending = list(reversed(flow.steps))
        while pending:
            step = pending.pop()
            bits = self._read_before(step, read)
            if bits != read[step]:
                read[step] = bits
                pending.extend(before.get(step, ()))
        return read

    def _read_before(self, step: Step, read: dict[Step, int]) -> int:
        later = 0
        for target in step.follows:
            later |= read[target]
        later &= ~self.names.bits(step.effect.sure | step.effect.unbound)
        for target in step.raises:
            later |= read[target]
        return later | self.names.bits(step.effect.exposed)

    def steps_in(self, code: Sequence[ast.stmt]) -> set[Step]:
        """Give the steps of some statements and of everything in them."""
        return {step for node in _statements(code) for step in self._of_node.get(id(node), ())}

    def reached(self, starts: Iterable[Step]) -> set[Step]:
        """Give the steps that control may come to from some steps on, those included."""
        pending = list(starts)
        found = set(pending)
        while pending:
            step = pending.pop()
            fresh = [target for target in (*step.follows, *step.raises) if target not in found]
            found.update(fresh)
            pending.extend(fresh)
        return found


def _statements(code: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Give the statements and `except` parts of some code, inner functions and classes left out."""
    pending = list(code)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, SCOPES):
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                pending += getattr(node, field, ())
