"""The shapes that registry code has: a front, a membership test, a resolved template.

Recognising is generous and judging strict: what looks like one of these forms is taken for one, and then every part of
it has to be right.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
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
    """Read kept branches with the template in the last arm: every other key, the default arm's included, goes there."""
    body = _last_arm(statement)
    resolve = resolve_of(body[0], sites) if body else None
    return None if resolve is None else Guarded(statement, resolve.site, resolve.subject, body, (), live=False)


def _last_arm(statement: ast.stmt) -> Sequence[ast.stmt]:
    match statement:
        case ast.If(orelse=[ast.If() as other]):
            return _last_arm(other)
        case ast.If(orelse=body):
            return body
        case ast.Match(cases=[_, *_, last]) if is_wildcard(last):
            return last.body
        case _:
            return ()
