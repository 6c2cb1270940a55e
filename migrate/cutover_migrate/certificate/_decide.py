"""Is a test true at one key? Yes, no, or open: whatever is not one of the known shapes is open.

Known are comparisons of the subject with string literals or None (either way round, `in` a display of them, `is None`),
the subject's own truth, `and`, `or`, `not` of these, and the registry's membership tests. An `and` whose first part
fails is false whatever follows; a part that might do something is never skipped to reach a later one.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cutover_migrate.certificate._syntax import same


class Decision(enum.Enum):
    """The outcome of a test at one key."""

    HOLDS = enum.auto()
    FAILS = enum.auto()
    OPEN = enum.auto()


@dataclass(frozen=True, slots=True)
class Point:
    """The key at which code is looked at: `subject` equals `key` there, and `live` says that the switch is on.

    `tables` gives each site variable's keys; `parameters` are names whose truth may be tested without effect.
    """

    subject: ast.expr
    key: str | None
    tables: Mapping[str, frozenset[str]]
    parameters: frozenset[str] = frozenset()
    live: bool = True


def decide(test: ast.expr, at: Point) -> Decision:
    """Decide a test at a point."""
    if same(test, at.subject):
        return _said(bool(at.key))
    match test:
        case ast.BoolOp(op=op, values=parts):
            return _several(parts, at, stops_at=Decision.FAILS if isinstance(op, ast.And) else Decision.HOLDS)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _inverted(decide(operand, at))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right, at)
        case ast.Call(func=ast.Name(id="use_registry"), args=[ast.Name(id=site), subject], keywords=[]):
            known = site in at.tables and same(subject, at.subject)
            return _said(at.live and at.key in at.tables[site]) if known else Decision.OPEN
        case _:
            return Decision.OPEN


def decide_case(case: ast.match_case, at: Point) -> Decision:
    """Decide a `case` of a match over the subject at a point."""
    pattern = _decide_pattern(case.pattern, at)
    if pattern is Decision.HOLDS and case.guard is not None:
        return decide(case.guard, at)
    return pattern


def literal_keys(tree: ast.AST, subject: ast.expr) -> Iterator[str]:
    """Give the strings that the code compares the subject with."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=[right]) if same(left, subject):
                yield from _strings(right)
            case ast.Compare(left=ast.Constant(value=str(key)), comparators=[right]) if same(right, subject):
                yield key
            case ast.Match(subject=matched, cases=cases) if same(matched, subject):
                for case in cases:
                    yield from _strings(case.pattern)
            case _:
                pass


def mentions(test: ast.AST, subject: ast.expr) -> bool:
    """Tell whether the code reads the subject."""
    return any(same(node, subject) for node in ast.walk(test) if isinstance(node, ast.expr))


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _said(answer: bool) -> Decision:
    return Decision.HOLDS if answer else Decision.FAILS


def _inverted(decision: Decision) -> Decision:
    return {Decision.HOLDS: Decision.FAILS, Decision.FAILS: Decision.HOLDS}.get(decision, decision)


def _several(parts: list[ast.expr], at: Point, *, stops_at: Decision) -> Decision:
    seen_open = False
    for part in parts:
        decision = decide(part, at)
        if decision is stops_at:
            return decision
        if decision is Decision.OPEN:
            if not _is_quiet(part, at):
                return Decision.OPEN
            seen_open = True
    return Decision.OPEN if seen_open else _inverted(stops_at)


def _is_quiet(part: ast.expr, at: Point) -> bool:
    match part:
        case (
            ast.Name(id=name)
            | ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)])
        ):
            return name in at.parameters
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_quiet(operand, at)
        case _:
            return False


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, at: Point) -> Decision:
    if isinstance(op, ast.NotEq | ast.NotIn | ast.IsNot):
        opposite = {ast.NotEq: ast.Eq, ast.NotIn: ast.In, ast.IsNot: ast.Is}[type(op)]
        return _inverted(_compared(left, opposite(), right, at))
    if isinstance(op, ast.Eq) and not same(left, at.subject):
        left, right = right, left
    return _compared_subject(op, right, at) if same(left, at.subject) else Decision.OPEN


def _compared_subject(op: ast.cmpop, right: ast.expr, at: Point) -> Decision:
    match op, right:
        case ast.Eq(), ast.Constant(value=str() | None as value):
            return _said(at.key == value)
        case ast.Is(), ast.Constant(value=None):
            return _said(at.key is None)
        case ast.In(), ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members):
            return _member(members, at)
        case ast.In(), ast.Name(id=site) if site in at.tables:
            return _said(at.key in at.tables[site])
        case _:
            return Decision.OPEN


def _member(members: list[ast.expr], at: Point) -> Decision:
    values = [member.value if isinstance(member, ast.Constant) else ... for member in members]
    if not all(value is None or isinstance(value, str) for value in values):
        return Decision.OPEN
    return _said(at.key in values)


def _decide_pattern(pattern: ast.pattern, at: Point) -> Decision:
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=str(value))):
            return _said(at.key == value)
        case ast.MatchSingleton(value=None):
            return _said(at.key is None)
        case ast.MatchAs(pattern=None, name=None):
            return Decision.HOLDS
        case ast.MatchOr(patterns=patterns):
            decisions = [_decide_pattern(part, at) for part in patterns]
            if Decision.OPEN in decisions:
                return Decision.OPEN
            return _said(Decision.HOLDS in decisions)
        case _:
            return Decision.OPEN
