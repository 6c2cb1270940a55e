"""Long chains looked up by key: which branches can matter at a key, without asking each of them.

A test that only compares the subject with texts holds at those and fails everywhere else. Branches with any other test
matter at every key.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from cutover_migrate.certificate._decide import keys_of_pattern, keys_of_test, mentions
from cutover_migrate.certificate._forms import site_test
from cutover_migrate.certificate._syntax import same
from cutover_migrate.certificate._texts import TextOf


@dataclass(slots=True)
class Arms:
    """The branches of one `if` with its `elif`s, or the cases of one `match`: positions by key, and the odd ones."""

    nodes: list[ast.If] = field(default_factory=list)
    by_key: dict[str | None, list[int]] = field(default_factory=dict)
    odd: list[int] = field(default_factory=list)

    def add(self, position: int, keys: frozenset[str | None] | None) -> None:
        """Note the branch at a position."""
        if keys is None:
            self.odd.append(position)
        for key in keys or ():
            self.by_key.setdefault(key, []).append(position)

    def at(self, key: str | None, start: int = 0) -> list[int]:
        """Give the positions that matter at a key, in order."""
        mine = self.by_key.get(key, [])
        both = sorted({*mine, *self.odd}) if mine and self.odd else mine or self.odd
        return [position for position in both if position >= start] if start else both


class Index:
    """The chains over one subject that a proof looks at, each read once."""

    def __init__(self, subject: ast.expr, sites: Iterable[str], text_of: TextOf) -> None:
        self.subject = subject
        self._sites = {site: site for site in sites}
        self._text_of = text_of
        self._ladders: dict[int, tuple[Arms, int]] = {}
        self._matches: dict[int, Arms] = {}
        self._kept: list[ast.AST] = []

    def is_ladder(self, statement: ast.stmt) -> bool:
        """Tell whether a statement is a chain over the subject, or one over other things with such a chain below."""
        if not isinstance(statement, ast.If):
            return isinstance(statement, ast.Match) and same(statement.subject, self.subject)
        if id(statement) in self._ladders:
            return True
        if mentions(statement.test, self.subject) or site_test(statement.test, self._sites) is not None:
            return True
        return len(statement.orelse) == 1 and self.is_ladder(statement.orelse[0])

    def ladder(self, statement: ast.If) -> tuple[Arms, int]:
        """Give the branches of the chain that a statement belongs to, and its own position among them."""
        if id(statement) not in self._ladders:
            arms = Arms()
            for position, arm in enumerate(self._arms_of(statement)):
                arms.nodes.append(arm)
                arms.add(position, keys_of_test(arm.test, self.subject, self._text_of))
                self._ladders[id(arm)] = arms, position
        return self._ladders[id(statement)]

    def _arms_of(self, statement: ast.If) -> Iterable[ast.If]:
        self._kept.append(statement)
        while True:
            yield statement
            below = statement.orelse[0] if len(statement.orelse) == 1 else None
            if not isinstance(below, ast.If) or not self.is_ladder(below):
                return
            statement = below

    def cases(self, statement: ast.Match) -> Arms:
        """Give the cases of a match over the subject."""
        if id(statement) not in self._matches:
            self._kept.append(statement)
            arms = self._matches[id(statement)] = Arms()
            for position, case in enumerate(statement.cases):
                simple = case.guard is None
                arms.add(position, keys_of_pattern(case.pattern, self._text_of) if simple else None)
        return self._matches[id(statement)]

    def leaves_nothing(self, statement: ast.stmt, key: str | None) -> bool:
        """Tell at once that no branch of a chain without a default arm can run at a key."""
        known = self._ladders.get(id(statement))
        if known is None:
            return False
        arms, position = known
        return not arms.nodes[-1].orelse and not arms.odd and key not in arms.by_key and position == 0
