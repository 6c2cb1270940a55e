"""Every chain of a module: ``elif``, consecutive sibling ``if``, ``match`` and conditional expressions.

A chain is a run of branches that compare one subject with constants. Finding looks at shape only; whether and how a
chain is rewritten is decided in :mod:`cutover_migrate.rewrite`.

Example: ``find_chains(ast.parse(text))``
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cutover_migrate.find._keys import Guarded, Key, Keyed, Open, Test, key_of, read_test, subject_of
from cutover_migrate.find._source import every_node

Kind = Literal["elif", "siblings", "match", "ifexp"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
MINIMUM_KEYED = 2
MINIMUM_FLAT = 4
INNER_ELSE = re.compile(rb"\belse\b(?!\s*:)")


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


def find_chains(module: ast.Module, *, data: bytes | None = None) -> list[Chain]:
    """All chains with two or more keyed branches, in the order of the file.

    With the file's ``data``, expressions are walked only where the text has two ``else`` inside expressions, as a chain
    of conditional expressions must have.
    """
    maybe = data is None or len(INNER_ELSE.findall(data)) > 1
    finder = _Finder(expressions=maybe and any(_is_expression_chain(node) for node in every_node(module)))
    finder.walk_block(module.body, (), ())
    return sorted(finder.found, key=lambda chain: (chain.start_line, -chain.end_line))


def _is_expression_chain(node: ast.AST) -> bool:
    return isinstance(node, ast.IfExp) and isinstance(node.orelse, ast.IfExp)


class _Finder:
    def __init__(self, *, expressions: bool) -> None:
        self.found: list[Chain] = []
        self.expressions = expressions

    def walk_block(self, body: list[ast.stmt], names: tuple[str, ...], scopes: tuple[ast.AST, ...]) -> None:
        for chain in _sibling_runs(body, names, scopes):
            self.found.append(chain)
        for statement in body:
            self.walk(statement, names, scopes, body)

    def walk(
        self,
        node: ast.AST,
        names: tuple[str, ...],
        scopes: tuple[ast.AST, ...],
        block: list[ast.stmt],
        *,
        inner: bool = False,
    ) -> None:
        """Visit a node; ``inner`` marks the rest of a chain whose head was seen."""
        if isinstance(node, (ast.If, ast.IfExp)) and not inner:
            self._add(_if_chain(node, names, scopes, block))
        elif isinstance(node, ast.Match):
            self._add(_match_chain(node, names, scopes, block))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names, scopes = (*names, node.name), (*scopes, node)
        elif isinstance(node, ast.Lambda):
            scopes = (*scopes, node)
        rest = _next_branch(node) if isinstance(node, (ast.If, ast.IfExp)) else None
        for child in ast.iter_child_nodes(node) if self.expressions else _parts_with_blocks(node):
            if child is rest:
                self.walk(child, names, scopes, [], inner=True)
            elif not isinstance(child, ast.stmt):
                self.walk(child, names, scopes, block)
        for body in _blocks_of(node):
            if rest is None or body != [rest]:
                self.walk_block(body, names, scopes)

    def _add(self, chain: Chain | None) -> None:
        if chain is not None:
            self.found.append(chain)


def _parts_with_blocks(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a statement that hold statements and are none themselves, and the rest of a chain."""
    match node:
        case ast.Try() | ast.TryStar():
            yield from node.handlers
        case ast.Match():
            yield from node.cases
        case ast.If(orelse=[ast.If() as below]):
            yield below
        case _:
            pass


def _blocks_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            yield body


def _if_chain(
    head: ast.If | ast.IfExp, names: tuple[str, ...], scopes: tuple[ast.AST, ...], block: list[ast.stmt]
) -> Chain | None:
    raw, subject = _read_chain(_if_branches(head))
    if subject is None:
        raw, subject = _read_chain(_flat_branches(head), minimum=MINIMUM_FLAT)
    if subject is None:
        return None
    branches = tuple(_branch(node, subject, head) for node in raw)
    kind: Kind = "ifexp" if isinstance(head, ast.IfExp) else "elif"
    last = raw[-1].orelse
    default: list[ast.stmt] | None = (last or None) if isinstance(last, list) else [ast.Expr(last)]
    return Chain(
        kind, _subject_node(branches, subject), branches, default, head.lineno, head.end_lineno or head.lineno,
        ".".join(names), scopes, block, (head,),
    )  # fmt: skip


def _read_chain(
    branches: Iterator[ast.If | ast.IfExp], *, minimum: int = MINIMUM_KEYED
) -> tuple[list[ast.If | ast.IfExp], str | None]:
    raw = list(branches)
    return raw, _main_subject([read_test(node.test) for node in raw], minimum)


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


def _branch(node: ast.If | ast.IfExp, subject: str, head: ast.AST) -> Branch:
    body: list[ast.stmt] = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    nested = isinstance(node, ast.If) and node.col_offset != getattr(head, "col_offset", 0)
    return Branch(_on_subject(read_test(node.test), subject), body, node.test.lineno, node, nested)


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


def _match_chain(
    node: ast.Match, names: tuple[str, ...], scopes: tuple[ast.AST, ...], block: list[ast.stmt]
) -> Chain | None:
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
        key = key_of(value) if isinstance(value, ast.expr) else value
        if isinstance(key, Open) or (key is None and not isinstance(pattern, ast.MatchSingleton)):
            return Open("open-predicate")
        keys.append(key)
    dump = subject_of(subject)
    return (Keyed if case.guard is None else Guarded)(dump, subject, tuple(keys))


def _sibling_runs(body: list[ast.stmt], names: tuple[str, ...], scopes: tuple[ast.AST, ...]) -> Iterator[Chain]:
    run: list[tuple[ast.If, Keyed]] = []
    for statement in [*body, ast.Pass()]:
        test = read_test(statement.test) if isinstance(statement, ast.If) and not statement.orelse else None
        if isinstance(statement, ast.If) and isinstance(test, Keyed) and (not run or run[0][1].dump == test.dump):
            run.append((statement, test))
            continue
        if len(run) >= MINIMUM_KEYED:
            yield _sibling_chain(run, names, scopes, body)
        run = [(statement, test)] if isinstance(statement, ast.If) and isinstance(test, Keyed) else []


def _sibling_chain(
    run: list[tuple[ast.If, Keyed]], names: tuple[str, ...], scopes: tuple[ast.AST, ...], body: list[ast.stmt]
) -> Chain:
    branches = [Branch(test, node.body, node.lineno, node) for node, test in run]
    first, last = run[0][0], run[-1][0]
    match body[max(0, body.index(first) - 1)]:
        case ast.If(test=test, orelse=[]) as front if read_test(test) == Open("both-arms"):
            branches.insert(0, Branch(Open("both-arms"), front.body, front.lineno, front))
    return Chain(
        "siblings", run[0][1].subject, tuple(branches), None, first.lineno, last.end_lineno or last.lineno,
        ".".join(names), scopes, body, tuple(node for node, _ in run),
    )  # fmt: skip
