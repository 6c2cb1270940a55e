"""Both forms of a loop, said in the same words: whether there is a next one, which it is, and nothing of the route.

A test on the number of the attempt is a linear inequality in the number `i` and the length `n` of the chain. With the
distance to the last one, `d = n - 1 - place`, it becomes one in `d` alone, which is decided for every `d` at once.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cutover_migrate.certificate._syntax import same

NEXT = "<there is a next one>"
FOLLOWING = "<the next one>"
_LATER = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_ENDLESS = {ast.Lt: (True, False), ast.LtE: (True, False), ast.Gt: (False, True), ast.GtE: (False, True)}


@dataclass(frozen=True, slots=True)
class Line:
    """`number * i + length * n + rest`."""

    number: int
    length: int
    rest: int

    def plus(self, other: Line, sign: int = 1) -> Line:
        """Add another, or take it away."""
        return Line(self.number + sign * other.number, self.length + sign * other.length, self.rest + sign * other.rest)


@dataclass(frozen=True, slots=True)
class Counting:
    """How a hand-written loop counts: its chain, its number's name and first value, names for numbers of the chain."""

    chain: ast.expr
    index: str | None
    start: int
    lengths: Mapping[str, ast.expr]

    def line(self, term: ast.expr) -> Line | None:
        """Read a term; None where it is no sum of number, length and constants."""
        match term:
            case ast.Constant(value=value) if type(value) is int:
                return Line(0, 0, value)
            case ast.Name(id=name) if name == self.index:
                return Line(1, 0, 0)
            case ast.Name(id=name) if name in self.lengths:
                return self.line(self.lengths[name])
            case ast.Call(func=ast.Name(id="len"), args=[chain], keywords=[]) if same(chain, self.chain):
                return Line(0, 1, 0)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                one, other = self.line(left), self.line(right)
                if one is None or other is None:
                    return None
                return one.plus(other, 1 if isinstance(op, ast.Add) else -1)
            case _:
                return None

    def says_next(self, test: ast.Compare) -> bool | None:
        """Tell whether a comparison says that there is a next one (True), that there is none (False), or neither."""
        match test:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                one, other = self.line(left), self.line(right)
            case _:
                return None
        if one is None or other is None:
            return None
        found = one.plus(other, -1)
        if not found.number or found.number != -found.length:
            return None
        slope = -found.number
        at_last = found.rest + found.number * self.start - found.number
        return _decided(op, slope, at_last)

    def is_next(self, read: ast.Subscript) -> bool:
        """Tell whether this reads the next one off the chain."""
        found = self.line(read.slice) if same(read.value, self.chain) else None
        return found is not None and (found.number, found.length, found.rest + self.start) == (1, 0, 1)


def _decided(op: ast.cmpop, slope: int, at_last: int) -> bool | None:
    """Decide `slope * d + at_last op 0` for the last one (d = 0) and, all alike, for those before it (d > 0)."""
    if isinstance(op, ast.Eq | ast.NotEq):
        return isinstance(op, ast.NotEq) if at_last == 0 else None
    if type(op) not in _ENDLESS:
        return None
    last, before = _holds(op, at_last), _holds(op, slope + at_last)
    far = _ENDLESS[type(op)][0 if slope < 0 else 1]
    return before if before == far and last != before else None


def _holds(op: ast.cmpop, value: int) -> bool:
    return {ast.Lt: value < 0, ast.LtE: value <= 0, ast.Gt: value > 0, ast.GtE: value >= 0}[type(op)]


class Legacy(ast.NodeTransformer):
    """Puts the common words into a hand-written loop's own code."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def visit(self, node: ast.AST) -> Any:
        """Leave what runs later, or counts under names of its own."""
        return node if isinstance(node, _LATER) else super().visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        says = self._counting.says_next(node)
        if says is None:
            return _expression(self.generic_visit(node))
        return _word(NEXT) if says else _not(_word(NEXT))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and self._counting.is_next(node):
            return _word(FOLLOWING)
        return _expression(self.generic_visit(node))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return negated(_expression(self.generic_visit(node)))


class Adopted(ast.NodeTransformer):
    """Puts the common words into the own code of a loop over a route; what only tells the route goes."""

    def __init__(self, route: str) -> None:
        self._route = route

    def visit(self, node: ast.AST) -> Any:
        """Leave what runs later."""
        return node if isinstance(node, _LATER) else super().visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="has_next", ctx=ast.Load()) if name == self._route:
                return _word(NEXT)
            case ast.Attribute(value=ast.Name(id=name), attr="following", ctx=ast.Load()) if name == self._route:
                return _word(FOLLOWING)
            case _:
                return _expression(self.generic_visit(node))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        asked = goes_on_of(node, self._route)
        if asked is None:
            return _expression(self.generic_visit(node))
        error, decide = asked
        return ast.BoolOp(ast.And(), [_word(NEXT), ast.Call(decide, [error], [])])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return negated(_expression(self.generic_visit(node)))

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        value = answer_of(node, self._route)
        if value is not None:
            node = ast.copy_location(ast.Return(value), node)
        return node if node.value is None else ast.copy_location(ast.Return(self.visit(node.value)), node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | None:
        if tells(node, "answered", self._route) or tells(node, "failed", self._route):
            return None
        found = self.generic_visit(node)
        assert isinstance(found, ast.stmt)
        return found


def goes_on_of(node: ast.AST, route: str) -> tuple[ast.Name, ast.expr] | None:
    """Read `route.goes_on(error, decide)`: the error's name, and what decides."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="goes_on"), args=[ast.Name() as error, decide], keywords=[]
        ) if name == route and _is_path(decide):
            return error, decide
        case _:
            return None


def answer_of(node: ast.stmt, route: str) -> ast.expr | None:
    """Read `return route.answered(value)`: the value."""
    match node:
        case ast.Return(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="answered"), args=[value], keywords=[])
        ) if name == route and not isinstance(value, ast.Starred):
            return value
        case _:
            return None


def tells(node: ast.AST | None, word: str, route: str) -> bool:
    """Tell whether a statement is `route.answered()`, `route.failed()` or `route.failed(error)`."""
    match node:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute), args=args, keywords=[])
        ) if (name, attribute) == (route, word):
            return not args or (word == "failed" and len(args) == 1 and isinstance(args[0], ast.Name))
        case _:
            return False


def negated(node: ast.expr) -> ast.expr:
    """Give a negation with its `not` at the parts of an and/or, and none twice before a common word."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=word) as inner)):
            return inner if word == NEXT else node
        case ast.UnaryOp(op=ast.Not(), operand=ast.BoolOp(op=op, values=values)):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            return ast.BoolOp(other, [negated(_not(value)) for value in values])
        case _:
            return node


def _is_path(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _word(word: str) -> ast.Name:
    return ast.Name(word, ast.Load())


def _not(operand: ast.expr) -> ast.UnaryOp:
    return ast.UnaryOp(ast.Not(), operand)


def _expression(node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.expr)
    return node
