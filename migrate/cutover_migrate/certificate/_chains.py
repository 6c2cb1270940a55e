"""How far a chain reaches: one statement, or sibling ifs of which each takes its branch away for good."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping, Sequence

from cutover_migrate.certificate._decide import literal_keys, mentions
from cutover_migrate.certificate._forms import guarded_of, resolve_of
from cutover_migrate.certificate._syntax import ends, same, walk
from cutover_migrate.certificate._texts import TextOf


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


def second_chains(
    code: Sequence[ast.stmt], subject: ast.expr, text_of: TextOf, *, mine: Container[str]
) -> Iterator[int]:
    """Give where a second chain over the subject may begin: where a key is tested again, or none of `mine` any more."""
    seen: set[str] = set()
    for at, statement in enumerate(code):
        keys = set(literal_keys(statement, subject, text_of))
        if at and (keys & seen or (keys and not any(key in mine for key in keys))):
            yield at
            return
        seen |= keys


def other_site(code: Sequence[ast.stmt], site: str, sites: Mapping[str, str]) -> int:
    """Give where the registry code of another site begins; 0 if it does not."""
    for at, statement in enumerate(code):
        found = guarded_of(statement, sites) or resolve_of(statement, sites)
        if found is not None and found.site != site:
            return at
    return 0


def without_common_cases(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Give both sides without the cases with which both matches begin: the site stands behind them."""
    match [*old[:1], *new[:1]]:
        case [ast.Match(subject=one, cases=mine), ast.Match(subject=other, cases=theirs)] if same(one, other):
            pairs = zip(mine, theirs, strict=False)
            count = next((at for at, (left, right) in enumerate(pairs) if not same(left, right)), 0)
            if count:
                return [_from_case(old[0], one, mine[count:]), *old[1:]], [
                    _from_case(new[0], other, theirs[count:]),
                    *new[1:],
                ]
    return [*old], [*new]


def _from_case(statement: ast.stmt, subject: ast.expr, cases: list[ast.match_case]) -> ast.stmt:
    return ast.copy_location(ast.Match(subject, cases), statement)


def begin_alike(old: Sequence[ast.stmt], new: ast.stmt) -> bool:
    """Tell whether both sides begin with one and the same test: then the site is in one of its arms, or in both."""
    match [*old[:1], new]:
        case [ast.If(test=one, orelse=[_, *_]), ast.If(test=other)]:
            return same(one, other)
        case _:
            return False


def _is_chain(statement: ast.stmt, subject: ast.expr) -> bool:
    match statement:
        case ast.If(test=test, orelse=orelse):
            return mentions(test, subject) or (len(orelse) == 1 and _is_chain(orelse[0], subject))
        case ast.Match(subject=matched):
            return same(matched, subject)
        case ast.Assign() | ast.AnnAssign() | ast.Return() | ast.Expr() | ast.AugAssign():
            chosen = (node for node in walk(statement) if isinstance(node, ast.IfExp))
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
