"""Which lines of a file belong to which branch of a chain, comments above a branch included.

Example: ``read_regions(source, chain).branches[0]``
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import pairwise

from cutover_migrate.find import Branch, Chain, Source

CASE = re.compile(rb"^\s*case\b")
ELSE = re.compile(rb"^\s*else\s*:")


@dataclass(frozen=True)
class Region:
    """Lines ``first`` to ``last``; ``keyword`` is the line of the branch's own ``if``, ``elif``, ``case``."""

    first: int
    keyword: int
    last: int


@dataclass(frozen=True)
class Regions:
    """The regions of a chain: one a branch in order, and the default arm's."""

    branches: tuple[Region, ...]
    default: Region | None


def read_regions(source: Source, chain: Chain) -> Regions:
    """Split a chain's lines between its branches."""
    keywords = [_keyword_line(source, branch) for branch in chain.branches]
    default = _default_line(source, chain)
    marks = sorted([*keywords, *([default] if default else [])])
    alone = min(marks) if chain.kind != "match" else 0
    firsts = {mark: mark if mark == alone else _with_comments(source, mark) for mark in marks}
    ends = {mark: firsts[after] - 1 for mark, after in pairwise(marks)}
    ends[marks[-1]] = chain.end_line
    regions = {mark: Region(firsts[mark], mark, ends[mark]) for mark in marks}
    return Regions(tuple(regions[line] for line in keywords), regions[default] if default else None)


def first_line(regions: Regions) -> int:
    """The line on which the first branch begins."""
    return min(region.first for region in (*regions.branches, *([regions.default] if regions.default else [])))


def region_text(source: Source, region: Region) -> list[str]:
    """The lines of a region without line ends, blank ones at the end left out."""
    lines = [line.decode(source.encoding).rstrip("\r\n") for line in source.lines[region.first - 1 : region.last]]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def case_line(source: Source, case: ast.match_case) -> int:
    """The line of the keyword; the pattern itself may begin below it, in parentheses."""
    above = range(case.pattern.lineno, 0, -1)
    return next((line for line in above if CASE.match(source.lines[line - 1])), case.pattern.lineno)


def _keyword_line(source: Source, branch: Branch) -> int:
    node = branch.node
    if isinstance(node, ast.match_case):
        return case_line(source, node)
    return node.lineno  # type: ignore[attr-defined,no-any-return]


def _default_line(source: Source, chain: Chain) -> int | None:
    if chain.default is None:
        return None
    if chain.kind == "match":
        match = chain.nodes[0]
        assert isinstance(match, ast.Match)
        wild = next(case for case in match.cases if case.body is chain.default)
        return case_line(source, wild)
    before = max(statement.end_lineno or 0 for statement in chain.branches[-1].body)
    for line in range(chain.default[0].lineno, before, -1):
        if ELSE.match(source.lines[line - 1]):
            return line
    return chain.default[0].lineno


def _with_comments(source: Source, line: int) -> int:
    """The first of the comment lines that stand directly above, at the same indentation."""
    indent = source.indent(line)
    first = line
    while first > 1:
        above = source.lines[first - 2].decode(source.encoding)
        if not above.strip().startswith("#") or source.indent(first - 1) != indent:
            break
        first -= 1
    return first
