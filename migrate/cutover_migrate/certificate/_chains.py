"""How far a chain reaches: one statement, or sibling ifs of which each takes its branch away for good."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from cutover_migrate.certificate._decide import mentions
from cutover_migrate.certificate._forms import guarded_of
from cutover_migrate.certificate._syntax import ends, same


def chain_length(code: Sequence[ast.stmt], subject: ast.expr, sites: Mapping[str, str]) -> int:
    """Count the statements of the chain over the subject that begins the code; registry tests count as its own."""
    count = 0
    for statement in code:
        if guarded_of(statement, sites) is None and not _is_chain(statement, subject):
            break
        count += 1
        if not _takes_away(statement):
            break
    return count


def begin_alike(old: Sequence[ast.stmt], new: ast.stmt) -> bool:
    """Tell whether both sides begin with one and the same branch: then the site is further down."""
    match [*old[:1], new]:
        case [ast.If(test=one, body=body, orelse=[_, *_]), ast.If(test=other, body=kept)]:
            return same(one, other) and same(body, kept)
        case _:
            return False


def _is_chain(statement: ast.stmt, subject: ast.expr) -> bool:
    match statement:
        case ast.If(test=test, orelse=orelse):
            return mentions(test, subject) or (len(orelse) == 1 and _is_chain(orelse[0], subject))
        case ast.Match(subject=matched):
            return same(matched, subject)
        case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.Expr() | ast.AugAssign():
            chosen = (node for node in ast.walk(statement) if isinstance(node, ast.IfExp))
            return any(mentions(node.test, subject) for node in chosen)
        case _:
            return False


def _takes_away(statement: ast.stmt) -> bool:
    """Tell whether control reaches the next statement only when no branch ran."""
    match statement:
        case ast.If(body=body, orelse=[]):
            return ends(body)
        case ast.If(body=body, orelse=[ast.If() as other]):
            return ends(body) and _takes_away(other)
        case ast.Match(cases=cases):
            return all(ends(case.body) for case in cases) and not ends([statement])
        case _:
            return False
