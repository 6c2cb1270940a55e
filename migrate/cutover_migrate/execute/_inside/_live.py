"""The names that may be read behind a site before they are bound again: its outputs.

Too few is safe here and too many is not: a name that nobody reads may differ. So nothing is assumed of exceptions and
of inner functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from cutover_migrate.execute._inside._places import Path, inner_of

Names = frozenset[str]
NONE: Names = frozenset()
SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def live_names(function: list[ast.stmt], path: Path, end: int) -> Names:
    """The names that are live at index ``end`` of the list in which the site at ``path`` stands."""
    block = function
    for step, follow in zip(path[:-1:2], path[1::2], strict=True):
        assert isinstance(step, int)
        assert isinstance(follow, tuple)
        statement = block[step]
        inner = inner_of(statement, follow)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            function = inner
        block = inner
    flow = _Flow(block, end)
    flow.before(function, NONE, _Way())
    return frozenset(flow.found)


@dataclass(frozen=True)
class _Way:
    """What is live where `break` and `continue` lead."""

    broken: Names = NONE
    continued: Names = NONE


@dataclass
class _Flow:
    """Backward over one function; what is live at the wanted place is collected in ``found``."""

    block: list[ast.stmt]
    end: int
    found: set[str] = field(default_factory=set)

    def before(self, statements: list[ast.stmt], live: Names, way: _Way) -> Names:
        """What is live before a list of statements."""
        for index in range(len(statements), -1, -1):
            if index < len(statements):
                live = self._statement(statements[index], live, way)
            if statements is self.block and index == self.end:
                self.found |= live
        return live

    def _statement(self, statement: ast.stmt, live: Names, way: _Way) -> Names:
        match statement:
            case ast.Return() | ast.Raise():
                return _used(statement)
            case ast.Break():
                return way.broken
            case ast.Continue():
                return way.continued
            case ast.If(test=ast.Constant(value=value)):
                return self.before(statement.body if value else statement.orelse, live, way)
            case ast.If(test=test):
                return _used(test) | self.before(statement.body, live, way) | self.before(statement.orelse, live, way)
            case ast.While() | ast.For() | ast.AsyncFor():
                return self._loop(statement, live, way)
            case ast.Try() | ast.TryStar():
                return self._try(statement, live, way)
            case ast.With() | ast.AsyncWith():
                used = frozenset[str]().union(*(_used(item.context_expr) for item in statement.items))
                return used | (self.before(statement.body, live, way) - _stored(*statement.items))
            case ast.Match():
                inner = [self.before(case.body, live, way) - _stored(case.pattern) for case in statement.cases]
                past = NONE if any(map(_takes_all, statement.cases)) else live
                return _used(statement.subject).union(past, *inner)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.before(statement.body, NONE, _Way())
                return live - {name}
            case ast.AugAssign(target=ast.Name(id=name)):
                return live | {name} | _used(statement.value)
            case _:
                return (live - _stored(statement)) | _used(statement)

    def _loop(self, statement: ast.While | ast.For | ast.AsyncFor, live: Names, way: _Way) -> Names:
        endless = isinstance(statement, ast.While) and isinstance(statement.test, ast.Constant)
        after = NONE if endless else self.before(statement.orelse, live, way)
        head, known = after, None
        while head != known:
            known = head
            body = self.before(statement.body, head, _Way(live, head))
            if isinstance(statement, ast.While):
                head = after | body | _used(statement.test)
            else:
                head = after | (body - _stored(statement.target))
        return head if isinstance(statement, ast.While) else head | _used(statement.iter)

    def _try(self, statement: ast.Try | ast.TryStar, live: Names, way: _Way) -> Names:
        finally_ = self.before(statement.finalbody, live, way)
        for handler in statement.handlers:
            self.before(handler.body, finally_, way)
        return self.before(statement.body, self.before(statement.orelse, finally_, way), way)


def _takes_all(case: ast.match_case) -> bool:
    """Whether a case takes whatever comes."""
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    return case.guard is None and any(isinstance(each, ast.MatchAs) and each.pattern is None for each in patterns)


def _used(node: ast.AST) -> Names:
    """The names that an expression certainly may read, inner functions apart."""
    return frozenset(_reads(node))


def _reads(node: ast.AST) -> Iterator[str]:
    if isinstance(node, SCOPES):
        return
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            yield node.id
        return
    if isinstance(node, COMPREHENSIONS):
        bound = _stored(*(each.target for each in node.generators))
        yield from (name for child in ast.iter_child_nodes(node) for name in _reads(child) if name not in bound)
        return
    for child in ast.iter_child_nodes(node):
        yield from _reads(child)


def _stored(*nodes: ast.AST) -> Names:
    """The names that these bind."""
    found: set[str] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            found.add(node.name)
        if not isinstance(node, (*SCOPES, *COMPREHENSIONS)):
            todo.extend(ast.iter_child_nodes(node))
    return frozenset(found)
