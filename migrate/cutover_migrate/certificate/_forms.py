"""The shapes that registry code has: a front, a membership test, a resolved template.

Recognising is generous and judging strict: what looks like one of these forms is taken for one, and then every part of
it has to be right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._syntax import is_wildcard


@dataclass(frozen=True, slots=True)
class Resolve:
    """`local = SITE.resolve(subject)`; `site` is the variable."""

    local: str
    site: str
    subject: ast.expr


@dataclass(frozen=True, slots=True)
class Guarded:
    """A template behind a test of the site: `rest` is what runs when the test fails.

    `live` tells a front (`use_registry`, both arms are there) from a membership test (only the registry is left).
    """

    node: ast.stmt
    site: str
    subject: ast.expr
    body: Sequence[ast.stmt]
    rest: Sequence[ast.stmt]
    live: bool


def resolve_of(statement: ast.stmt, sites: Mapping[str, str]) -> Resolve | None:
    """Read `local = SITE.resolve(subject)`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=local)], value=value):
            call = resolve_call(value, sites)
            return None if call is None else Resolve(local, *call)
        case _:
            return None


def resolve_call(value: ast.AST, sites: Mapping[str, str]) -> tuple[str, ast.expr] | None:
    """Read `SITE.resolve(subject)`: (site variable, subject)."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=site), attr="resolve"), args=[subject], keywords=[]) if (
            site in sites
        ):
            return site, subject
        case _:
            return None


def site_test(test: ast.expr | None, sites: Mapping[str, str]) -> tuple[str, ast.expr, bool] | None:
    """Read `use_registry(SITE, subject)` or `subject in SITE`: (site variable, subject, live)."""
    match test:
        case ast.Call(func=ast.Name(id="use_registry"), args=[ast.Name(id=site), subject], keywords=[]):
            return (site, subject, True) if site in sites else None
        case ast.Compare(left=subject, ops=[ast.In()], comparators=[ast.Name(id=site)]) if site in sites:
            return site, subject, False
        case _:
            return None


def guarded_of(statement: ast.stmt, sites: Mapping[str, str]) -> Guarded | None:
    """Read a guarded template: an `if`, or a `match` whose first case is one."""
    match statement:
        case ast.If(test=test, body=body, orelse=rest):
            found = site_test(test, sites)
            return None if found is None else Guarded(statement, *found[:2], body, rest, found[2])
        case ast.Match(subject=subject, cases=[first, *others]):
            found = site_test(first.guard, sites)
            if found is None or not is_wildcard(ast.match_case(first.pattern, None, first.body)):
                return None
            remaining = [ast.copy_location(ast.Match(subject, others), statement)] if others else []
            return Guarded(statement, *found[:2], first.body, remaining, found[2])
        case _:
            return None


def kept_first_of(statement: ast.stmt, sites: Mapping[str, str]) -> Guarded | None:
    """Read kept branches with the template in an arm further down: behind a membership test, or in the last arm."""
    for test, body in _lower_arms(statement):
        resolve = resolve_of(body[0], sites) if body else None
        found = site_test(test, sites)
        if resolve is not None and (test is None or (found is not None and not found[2])):
            site, subject = found[:2] if found is not None else (resolve.site, resolve.subject)
            return Guarded(statement, site, subject, body, (), live=False)
    return None


def _lower_arms(statement: ast.stmt) -> Iterator[tuple[ast.expr | None, Sequence[ast.stmt]]]:
    """Give the arms behind the first: (test, body), the test None where all other keys go."""
    match statement:
        case ast.If(orelse=[ast.If(test=test, body=body) as other]):
            yield test, body
            yield from _lower_arms(other)
        case ast.If(orelse=body):
            yield None, body
        case ast.Match(cases=[_, *others]):
            for case in others:
                wild = is_wildcard(ast.match_case(case.pattern, None, case.body))
                yield from [(case.guard, case.body)] if wild else []
        case _:
            pass
