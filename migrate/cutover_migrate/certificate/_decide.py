"""Is a test true at one key? Yes, no, or open: whatever is not one of the known shapes is open.

Known are comparisons of the subject with texts (literals, and constants that are looked up) or None (either way round,
`in` a display of them, `is None`),
the subject's own truth, `and`, `or`, `not` of these, and the registry's membership tests. An `and` whose first part
fails is false whatever follows; a part that might do something is never skipped to reach a later one.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cutover_migrate.certificate._syntax import same, walk
from cutover_migrate.certificate._texts import TextOf, no_text


class Decision(enum.Enum):
    """The outcome of a test at one key."""

    HOLDS = enum.auto()
    FAILS = enum.auto()
    OPEN = enum.auto()


@dataclass(frozen=True, slots=True)
class Point:
    """The key at which code is looked at: `subject` equals `key` there, and `live` says that the switch is on.

    `tables` gives each site variable's keys; `parameters` are names whose truth may be tested without effect; `text_of`
    looks up the text that a constant is bound to.
    """

    subject: ast.expr
    key: str | None
    tables: Mapping[str, frozenset[str]]
    parameters: frozenset[str] = frozenset()
    live: bool = True
    text_of: TextOf = no_text


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


def literal_keys(tree: ast.AST, subject: ast.expr, text_of: TextOf = no_text) -> Iterator[str]:
    """Give the texts that the code compares the subject with."""
    for node in walk(tree):
        match node:
            case ast.Compare(left=left, comparators=[right]) if same(left, subject):
                yield from _strings(right, text_of)
            case ast.Compare(left=left, comparators=[right]) if same(right, subject):
                yield from _strings(left, text_of)
            case ast.Match(subject=matched, cases=cases) if same(matched, subject):
                for case in cases:
                    yield from _strings(case.pattern, text_of)
            case _:
                pass


def keys_of_test(test: ast.expr, subject: ast.expr, text_of: TextOf) -> frozenset[str | None] | None:
    """Give the keys at which a test holds, if it fails at all others whatever they are; None if it is no such test."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=parts):
            each = [keys_of_test(part, subject, text_of) for part in parts]
            return None if None in each else frozenset[str | None]().union(*(keys for keys in each if keys is not None))
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            other = right if same(left, subject) else left
            return _as_keys([other], text_of) if same(left, subject) or same(right, subject) else None
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set() as members]):
            return _as_keys(members.elts, text_of) if same(left, subject) else None
        case _:
            return None


def keys_of_pattern(pattern: ast.pattern, text_of: TextOf) -> frozenset[str | None] | None:
    """Give the keys that a pattern matches, if it matches no others; None if it is no such pattern."""
    match pattern:
        case ast.MatchValue(value=value):
            return _as_keys([value], text_of)
        case ast.MatchOr(patterns=parts) if all(isinstance(part, ast.MatchValue) for part in parts):
            return _as_keys([part.value for part in parts if isinstance(part, ast.MatchValue)], text_of)
        case _:
            return None


def _as_keys(members: list[ast.expr], text_of: TextOf) -> frozenset[str | None] | None:
    texts = [_text(member, text_of) for member in members]
    nones = [isinstance(member, ast.Constant) and member.value is None for member in members]
    known = all(none or text is not None for text, none in zip(texts, nones, strict=True))
    return frozenset(texts) if known else None


def mentions(test: ast.AST, subject: ast.expr) -> bool:
    """Tell whether the code reads the subject."""
    return any(same(node, subject) for node in walk(test) if isinstance(node, ast.expr))


def _strings(tree: ast.AST, text_of: TextOf) -> Iterator[str]:
    for node in walk(tree):
        text = _text(node, text_of) if isinstance(node, ast.expr) else None
        if text is not None:
            yield text


def _text(node: ast.expr, text_of: TextOf) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return text_of(node)


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
        case ast.Eq(), ast.Constant(value=None):
            return _said(at.key is None)
        case ast.Is(), ast.Constant(value=None):
            return _said(at.key is None)
        case ast.In(), ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members):
            return _member(members, at)
        case ast.In(), ast.Name(id=site) if site in at.tables:
            return _said(at.key in at.tables[site])
        case ast.Eq(), _:
            text = _text(right, at.text_of)
            return Decision.OPEN if text is None else _said(at.key == text)
        case _:
            return Decision.OPEN


def _member(members: list[ast.expr], at: Point) -> Decision:
    keys = _as_keys(members, at.text_of)
    return Decision.OPEN if keys is None else _said(at.key in keys)


def _decide_pattern(pattern: ast.pattern, at: Point) -> Decision:
    match pattern:
        case ast.MatchValue(value=value):
            text = _text(value, at.text_of)
            return Decision.OPEN if text is None else _said(at.key == text)
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
