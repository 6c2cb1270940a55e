"""The handlers of a lifted site: their names, their texts, their place.

A handler is a function of the module, put in front of the top-level statement that the chain stands in. Its body is the
branch's own, moved to one level of indentation, comments included.

Example: ``handler_texts(source, site, comments)``
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cutover_migrate.find import Branch, Source
from cutover_migrate.rewrite._body import body_start, moved_body
from cutover_migrate.rewrite._comments import Comment, between
from cutover_migrate.rewrite._decide import text_keys
from cutover_migrate.rewrite._lift import Lift
from cutover_migrate.rewrite._naming import fresh, identifier, proper
from cutover_migrate.rewrite._regions import Region, read_regions
from cutover_migrate.rewrite._table import SitePlan
from cutover_migrate.rewrite._template import Hole, Template


def lifted_template(lift: Lift, site: str, taken: Iterable[str]) -> Template:
    """The template of a lifted site: one slot, which holds the handlers."""
    used = set(taken)
    names: list[str] = []
    for branch in lift.members:
        key = re.sub(r"[^A-Za-z0-9_]", "_", identifier(text_keys(branch)[0]))
        name = fresh(f"_{proper([site])}_{key}", used)
        used.add(name)
        names.append(name)
    return Template(lift.members, (Hole("slot", (), tuple(names), ""),), lift.odd)


def handler_texts(source: Source, site: SitePlan, comments: Sequence[Comment]) -> list[list[str]]:
    """The lines of each handler, without line ends."""
    lift = site.decided.lift
    assert lift is not None
    regions = dict(
        zip(map(id, site.decided.chain.branches), read_regions(source, site.decided.chain).branches, strict=True)
    )
    names = [str(value) for value in site.template.holes[0].values]
    found = []
    for branch, falls, name in zip(lift.members, lift.falls, names, strict=True):
        head = f"{'async ' if lift.waits else ''}def {name}({', '.join(lift.captures)}):"
        unit = _unit(source, branch)
        above = [f"{unit}# {comment.text}" for comment in _outside(source, branch, regions[id(branch)], comments)]
        body = moved_body(source, branch.body, unit)
        last = [f"{unit}return {', '.join(lift.outputs)}"] if lift.outputs and falls else []
        found.append([head, *above, *body, *last])
    return found


def handlers_place(source: Source, line: int, comments: Sequence[Comment]) -> int:
    """The line in front of which the handlers of a chain on ``line`` are put."""
    whole = {comment.line for comment in comments if comment.column == 0}
    statement = next(node for node in source.tree.body if node.lineno <= line <= (node.end_lineno or node.lineno))
    first = body_start(source, [statement])
    above = first
    while above - 1 in whole:
        above -= 1
    return above if above > 1 else first


def _outside(source: Source, branch: Branch, region: Region, comments: Sequence[Comment]) -> list[Comment]:
    """The comments of a branch in front of its body: above its keyword, or behind it."""
    first = body_start(source, branch.body)
    inside = [comment for comment in between(comments, region.first, first - 1) if not comment.is_pragma]
    indent = len(source.indent(first))
    behind = [comment for comment in inside if comment.line > region.keyword and comment.column == indent]
    return [comment for comment in inside if comment not in behind]


def _unit(source: Source, branch: Branch) -> str:
    """One level of indentation, as the branch has it."""
    inner = source.indent(body_start(source, branch.body))
    return "\t" if inner.startswith("\t") else "    "
