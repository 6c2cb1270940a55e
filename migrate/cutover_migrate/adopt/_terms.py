"""What an expression says of the place in the chain: there is a next one, this is the last one, the next one.

An expression is tried at every place of short chains: what agrees everywhere is meant. That is a way to find; the
checker proves it in its own way.

Example: ``Terms(header, {}).says(test)``
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cutover_migrate.adopt._header import Header

Says: TypeAlias = Literal["has-next", "is-last"]
_PLACES = [(place, length) for length in range(1, 6) for place in range(length)]
_ORDER: dict[type[ast.cmpop], Callable[[int, int], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class Terms:
    """Reads expressions at a loop's places; `lengths` are the names that stand for a number taken off the chain."""

    header: Header
    lengths: Mapping[str, ast.expr]

    def says(self, test: ast.expr) -> Says | None:
        """Tell what a test says; ``None`` where it is about something else."""
        if not isinstance(test, ast.Compare | ast.UnaryOp) or self.header.index is None:
            return None
        found = [self._truth(test, place, length) for place, length in _PLACES]
        if None in found:
            return None
        last = [place == length - 1 for place, length in _PLACES]
        if found == last:
            return "is-last"
        return "has-next" if found == [not each for each in last] else None

    def is_following(self, read: ast.expr) -> bool:
        """Whether this reads the next provider off the chain."""
        return self._offset(read) == 1

    def reads_chain(self, read: ast.expr) -> bool:
        """Whether this reads the chain by a number or a slice."""
        return isinstance(read, ast.Subscript) and self._is_chain(read.value)

    def _offset(self, read: ast.expr) -> int | None:
        if not isinstance(read, ast.Subscript) or not self._is_chain(read.value) or self.header.index is None:
            return None
        ways = {self._minus(self._number(read.slice, place, length), place) for place, length in _PLACES}
        return ways.pop() if len(ways) == 1 else None

    def _minus(self, number: int | None, place: int) -> int | None:
        return None if number is None else number - place

    def _truth(self, test: ast.expr, place: int, length: int) -> bool | None:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            truth = self._truth(test.operand, place, length)
            return None if truth is None else not truth
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or type(test.ops[0]) not in _ORDER:
            return None
        sides = [self._number(each, place, length) for each in (test.left, test.comparators[0])]
        return None if None in sides else _ORDER[type(test.ops[0])](sides[0], sides[1])  # type: ignore[arg-type]

    def _number(self, term: ast.expr, place: int, length: int) -> int | None:
        match term:
            case ast.Constant(value=int(number)):
                return number
            case ast.Name(id=name) if name == self.header.index:
                return place + self.header.start
            case ast.Name(id=name) if name in self.lengths:
                return self._number(self.lengths[name], place, length)
            case ast.Call(func=ast.Name(id="len"), args=[chain], keywords=[]) if self._is_chain(chain):
                return length
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                sides = [self._number(each, place, length) for each in (left, right)]
                if None in sides:
                    return None
                return sides[0] + sides[1] if isinstance(op, ast.Add) else sides[0] - sides[1]  # type: ignore[operator]
            case _:
                return None

    def _is_chain(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and ast.dump(node) == ast.dump(self.header.chain)


def lengths_before(block: list[ast.stmt], header: Header) -> Iterator[tuple[str, ast.expr]]:
    """Give the names in front of a loop that are assigned a number taken off its chain."""
    terms = Terms(header, {})
    for statement in block:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if terms._number(value, 0, 1) is not None:
                if any(isinstance(node, ast.Call) for node in ast.walk(value)):
                    yield name, value
