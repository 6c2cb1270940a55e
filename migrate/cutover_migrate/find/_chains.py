"""Every chain of a module: ``elif``, consecutive sibling ``if``, ``match`` and conditional expressions.

A chain is a run of branches that compare one subject with constants. Finding looks at shape only; whether and how a
chain is rewritten is decided in :mod:`cutover_migrate.rewrite`.

Example: ``find_chains(ast.parse(text))``
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from cutover_migrate.find._keys import (
    Guarded,
    IsKey,
    Key,
    Keyed,
    Open,
    Test,
    key_of,
    read_test,
    subject_of,
    symbol_of,
)
from cutover_migrate.find._source import inner_nodes

Kind = Literal["elif", "siblings", "match", "ifexp"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Scopes = tuple[ast.AST, ...]
Resolver = Callable[[ast.expr, Scopes], bool]
"""Tells whether a name or a dotted path, with the scopes around it, stands for a constant or an enum member."""
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
MINIMUM_KEYED = 2
MINIMUM_FLAT = 4
BLOCK_FIELDS = ("body", "orelse", "finalbody")
PLAIN_STATEMENTS = frozenset(
    {
        ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Assert, ast.Break, ast.Continue, ast.Delete, ast.Expr, ast.Global,
        ast.Import, ast.ImportFrom, ast.Nonlocal, ast.Pass, ast.Raise, ast.Return,
    }
)  # fmt: skip
INNER_ELSE = re.compile(rb"else\b(?!\s*:)")


@dataclass(frozen=True)
class Branch:
    """One branch: its test as read, its body, and the line of its keyword."""

    test: Test
    body: list[ast.stmt]
    line: int
    node: ast.AST
    nested: bool = False

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that can reach this branch, none for an open test."""
        return () if isinstance(self.test, Open) else self.test.keys


@dataclass(frozen=True)
class Chain:
    """One chain. ``default`` is the body of the default arm, ``None`` where there is none."""

    kind: Kind
    subject: ast.expr
    branches: tuple[Branch, ...]
    default: list[ast.stmt] | None
    start_line: int
    end_line: int
    function: str
    scopes: tuple[ast.AST, ...]
    block: list[ast.stmt]
    nodes: tuple[ast.AST, ...]

    @property
    def keyed(self) -> tuple[Branch, ...]:
        """The branches that a key alone decides."""
        return tuple(branch for branch in self.branches if isinstance(branch.test, Keyed))


def find_chains(module: ast.Module, *, data: bytes | None = None, is_key: Resolver | None = None) -> list[Chain]:
    """All chains with two or more keyed branches, in the order of the file.

    With the file's ``data``, expressions are walked only in statements with two ``else`` inside expressions, as a chain
    of conditional expressions must have. ``is_key`` is asked about names whose shape does not show what they are.
    """
    finder = _Finder(None if data is None else _inner_else_lines(data), is_key)
    finder.walk_block(module.body, (), ())
    return sorted(finder.found, key=lambda chain: (chain.start_line, -chain.end_line))


def _inner_else_lines(data: bytes) -> list[int]:
    """The line of each ``else`` that may stand inside an expression."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines: list[int] = []
    line, position = 1, 0
    for found in INNER_ELSE.finditer(data):
        line += data.count(b"\n", position, found.start())
        position = found.start()
        lines.append(line)
    return lines


class _Finder:
    """Walks statements; into expressions only where ``elses`` (their lines, ``None`` for anywhere) allow a chain."""

    def __init__(self, elses: list[int] | None, is_key: Resolver | None) -> None:
        self.found: list[Chain] = []
        self._elses = elses
        self._resolver = is_key

    def walk_block(self, body: list[ast.stmt], names: tuple[str, ...], scopes: Scopes) -> None:
        """Visit the statements of one block."""
        before: ast.stmt | None = None
        siblings = False
        for statement in body:
            kind = statement.__class__
            if kind is ast.If:
                siblings = siblings or before.__class__ is ast.If
                self._walk_if(statement, names, scopes, body)  # type: ignore[arg-type]
            elif kind in PLAIN_STATEMENTS:
                if self._elses is None or self._may_hold(statement):
                    self._walk_expressions(statement, names, scopes, body)
            else:
                self._walk_compound(statement, names, scopes, body)
            before = statement
        if siblings:
            self.found.extend(_sibling_runs(body, names, scopes, self._is_key(scopes)))

    def _walk_if(
        self, node: ast.If, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt], *, inner: bool = False
    ) -> None:
        """Visit an ``if``; ``inner`` marks the rest of a chain whose head was seen."""
        if node.orelse and not inner:
            self._add(_if_chain(node, names, scopes, block, self._is_key(scopes)))
        if self._elses is None or self._may_hold(node):
            self._walk_expression(node.test, names, scopes, block)
        rest = _next_branch(node) if node.orelse else None
        if rest is not None:
            self._walk_if(rest, names, scopes, [], inner=True)  # type: ignore[arg-type]
        self.walk_block(node.body, names, scopes)
        if rest is None and node.orelse:
            self.walk_block(node.orelse, names, scopes)

    def _walk_compound(self, node: ast.stmt, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt]) -> None:
        around = names, scopes
        if isinstance(node, ast.Match):
            self._add(_match_chain(node, names, scopes, block))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            around = (*names, node.name), (*scopes, node)
        if self._elses is None or self._may_hold(node):
            self._walk_expressions(node, *around, block)
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            if self._elses is None or self._may_hold(node):
                self._walk_expressions(part, *around, block)
            self.walk_block(part.body, *around)
        for field in BLOCK_FIELDS:
            body = getattr(node, field, None)
            if body:
                self.walk_block(body, *around)

    def _may_hold(self, node: ast.stmt) -> bool:
        """Whether a statement has two ``else`` inside expressions, as far as the lines show."""
        assert self._elses is not None
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = bisect_left(self._elses, decorators[0].lineno if decorators else node.lineno)
        return first + 1 < len(self._elses) and self._elses[first + 1] <= (node.end_lineno or node.lineno)

    def _walk_expressions(self, node: ast.AST, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt]) -> None:
        """Visit what a node holds, statements and what holds statements left out."""
        for child in inner_nodes(node):
            if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                self._walk_expression(child, names, scopes, block)

    def _walk_expression(
        self, node: ast.AST, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt], *, inner: bool = False
    ) -> None:
        if isinstance(node, ast.IfExp) and not inner:
            self._add(_if_chain(node, names, scopes, block, self._is_key(scopes)))
        elif isinstance(node, ast.Lambda):
            scopes = (*scopes, node)
        rest = _next_branch(node) if isinstance(node, ast.IfExp) else None
        for child in inner_nodes(node):
            self._walk_expression(child, names, scopes, block, inner=child is rest)

    def _is_key(self, scopes: Scopes) -> IsKey | None:
        told = self._resolver
        return None if told is None else lambda node: told(node, scopes)

    def _add(self, chain: Chain | None) -> None:
        if chain is not None:
            self.found.append(chain)


def _if_chain(
    head: ast.If | ast.IfExp, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt], is_key: IsKey | None
) -> Chain | None:
    raw, tests, subject = _read_chain(_if_branches(head), is_key)
    if subject is None:
        raw, tests, subject = _read_chain(_flat_branches(head), is_key, minimum=MINIMUM_FLAT)
    if subject is None:
        return None
    branches = tuple(_branch(node, test, subject, head) for node, test in zip(raw, tests, strict=True))
    kind: Kind = "ifexp" if isinstance(head, ast.IfExp) else "elif"
    last = raw[-1].orelse
    default: list[ast.stmt] | None = (last or None) if isinstance(last, list) else [ast.Expr(last)]
    return Chain(
        kind, _subject_node(branches, subject), branches, default, head.lineno, head.end_lineno or head.lineno,
        ".".join(names), scopes, block, (head,),
    )  # fmt: skip


def _read_chain(
    branches: Iterator[ast.If | ast.IfExp], is_key: IsKey | None, *, minimum: int = MINIMUM_KEYED
) -> tuple[list[ast.If | ast.IfExp], list[Test], str | None]:
    raw = list(branches)
    tests = [read_test(node.test, is_key) for node in raw] if len(raw) >= minimum else []
    return raw, tests, _main_subject(tests, minimum)


def _if_branches(head: ast.If | ast.IfExp) -> Iterator[ast.If | ast.IfExp]:
    node: ast.If | ast.IfExp | None = head
    while node is not None:
        yield node
        node = _next_branch(node)


def _flat_branches(head: ast.If | ast.IfExp) -> Iterator[ast.If | ast.IfExp]:
    """The branches with every ``if`` that is all of an ``else``, whatever it asks for."""
    node: ast.AST = head
    while isinstance(node, (ast.If, ast.IfExp)):
        yield node
        below = node.orelse
        node = below[0] if isinstance(below, list) and len(below) == 1 else below  # type: ignore[assignment]


def _next_branch(node: ast.AST) -> ast.If | ast.IfExp | None:
    """What goes on with a chain and begins none of its own: ``elif``, or ``else: if`` on the same subject."""
    match node:
        case ast.IfExp(orelse=ast.IfExp() as below):
            return below
        case ast.If(orelse=[ast.If() as below]) if below.col_offset == node.col_offset:
            return below
        case ast.If(orelse=[ast.If() as below]) if _dump(below.test) == _dump(node.test) != "":
            return below
        case _:
            return None


def _dump(node: ast.expr) -> str:
    test = read_test(node)
    return "" if isinstance(test, Open) else test.dump


def _branch(node: ast.If | ast.IfExp, test: Test, subject: str, head: ast.AST) -> Branch:
    body: list[ast.stmt] = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    nested = isinstance(node, ast.If) and node.col_offset != getattr(head, "col_offset", 0)
    return Branch(_on_subject(test, subject), body, node.test.lineno, node, nested)


def _on_subject(test: Test, subject: str) -> Test:
    if isinstance(test, (Keyed, Guarded)) and test.dump != subject:
        return Open("foreign-test")
    return test


def _main_subject(tests: list[Test], minimum: int) -> str | None:
    counts = Counter(test.dump for test in tests if isinstance(test, Keyed))
    if not counts:
        return None
    dump, count = counts.most_common(1)[0]
    return dump if count >= minimum else None


def _subject_node(branches: tuple[Branch, ...], subject: str) -> ast.expr:
    for branch in branches:
        if isinstance(branch.test, Keyed) and branch.test.dump == subject:
            return branch.test.subject
    raise AssertionError(subject)


def _match_chain(node: ast.Match, names: tuple[str, ...], scopes: Scopes, block: list[ast.stmt]) -> Chain | None:
    default: list[ast.stmt] | None = None
    branches = []
    for case in node.cases:
        if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None:
            default = case.body
            continue
        test = _case_test(case, node.subject)
        branches.append(Branch(test, case.body, case.pattern.lineno, case))
    if sum(isinstance(branch.test, Keyed) for branch in branches) < MINIMUM_KEYED:
        return None
    return Chain(
        "match", node.subject, tuple(branches), default, node.lineno, node.end_lineno or node.lineno,
        ".".join(names), scopes, block, (node,),
    )  # fmt: skip


def _case_test(case: ast.match_case, subject: ast.expr) -> Test:
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    keys: list[Key] = []
    for pattern in patterns:
        value = pattern.value if isinstance(pattern, (ast.MatchValue, ast.MatchSingleton)) else None
        key = _pattern_key(value) if isinstance(value, ast.expr) else value
        if isinstance(key, Open) or (key is None and not isinstance(pattern, ast.MatchSingleton)):
            return Open("open-predicate")
        keys.append(key)
    dump = subject_of(subject)
    return (Keyed if case.guard is None else Guarded)(dump, subject, tuple(keys))


def _pattern_key(value: ast.expr) -> Key | Open:
    """A dotted name in a pattern is always compared with, whatever its case."""
    return symbol_of(value) if isinstance(value, ast.Attribute) else key_of(value)


def _sibling_runs(
    body: list[ast.stmt], names: tuple[str, ...], scopes: Scopes, is_key: IsKey | None
) -> Iterator[Chain]:
    for stretch in _stretches(body):
        run: list[tuple[ast.If, Keyed | Guarded]] = []
        for statement in stretch:
            test = read_test(statement.test, is_key)
            if not isinstance(test, Open) and _goes_on(run, statement, test):
                run.append((statement, test))
                continue
            yield from _sibling_chain(run, names, scopes, body)
            run = [(statement, test)] if isinstance(test, Keyed) else []
        yield from _sibling_chain(run, names, scopes, body)


def _stretches(body: list[ast.stmt]) -> Iterator[list[ast.If]]:
    """Two or more ``if`` without ``else``, one behind the other."""
    stretch: list[ast.If] = []
    for statement in body:
        if isinstance(statement, ast.If) and not statement.orelse:
            stretch.append(statement)
            continue
        if len(stretch) > 1:
            yield stretch
        stretch = []
    if len(stretch) > 1:
        yield stretch


def _goes_on(run: list[tuple[ast.If, Keyed | Guarded]], statement: ast.If, test: Keyed | Guarded) -> bool:
    """Whether an ``if`` belongs to the run before it; one that asks for more than its key only where it ends."""
    same = bool(run) and test.dump == run[0][1].dump
    return same and (isinstance(test, Keyed) or isinstance(statement.body[-1], ENDS))


def _sibling_chain(
    run: list[tuple[ast.If, Keyed | Guarded]], names: tuple[str, ...], scopes: Scopes, body: list[ast.stmt]
) -> Iterator[Chain]:
    while run and isinstance(run[-1][1], Guarded):
        run = run[:-1]
    if sum(isinstance(test, Keyed) for _, test in run) < MINIMUM_KEYED:
        return
    branches = [Branch(test, node.body, node.lineno, node) for node, test in run]
    first, last = run[0][0], run[-1][0]
    match body[max(0, body.index(first) - 1)]:
        case ast.If(test=test, orelse=[]) as front if read_test(test) == Open("both-arms"):
            branches.insert(0, Branch(Open("both-arms"), front.body, front.lineno, front))
    yield Chain(
        "siblings", run[0][1].subject, tuple(branches), None, first.lineno, last.end_lineno or last.lineno,
        ".".join(names), scopes, body, tuple(node for node, _ in run),
    )  # fmt: skip
