"""Alias fixes: `if p == "hug": p = "huggingface"` against `p = normalize_provider_name(p)`.

Both are run, as the two little programs that they are, for every key that either of them knows and for one that neither
does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from cutover_migrate.certificate._axioms import ALIAS_EXACT, ONE_KEY, SUBJECT_READ
from cutover_migrate.certificate._decide import Decision, Point, decide, literal_keys
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._probes import UNKNOWN
from cutover_migrate.certificate._sites import Region
from cutover_migrate.certificate._survey import Survey
from cutover_migrate.certificate._syntax import same, walk


def prove_alias_fix(
    survey: Survey, ledger: Ledger, *, old: Sequence[ast.stmt], new: Sequence[ast.stmt]
) -> Region | None:
    """Prove the alias fix that begins here; None if there is none."""
    subject = _normalised(new[0])
    if subject is None or "normalize_provider_name" not in survey.imported or survey.stage != "finished":
        return None
    fixes = _fixes(old, subject)
    if not fixes:
        return Region(0, 1, (Gap("alias", "the legacy code has no alias fix here").at(None, new[0]),))
    ledger.uses(ALIAS_EXACT, ONE_KEY, SUBJECT_READ)
    gaps = [gap.at(fixes[0], new[0]) for gap in _gaps(survey, fixes, subject)]
    return Region(len(fixes), 1, tuple(gaps))


def _normalised(statement: ast.stmt) -> ast.Name | None:
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=target)],
            value=ast.Call(func=ast.Name(id="normalize_provider_name"), args=[ast.Name(id=name)], keywords=[]),
        ) if target == name:
            return ast.Name(name, ast.Load())
        case _:
            return None


def _fixes(code: Sequence[ast.stmt], subject: ast.Name) -> list[ast.If]:
    found: list[ast.If] = []
    for statement in code:
        if not isinstance(statement, ast.If) or not _is_fix(statement, subject):
            break
        found.append(statement)
    return found


def _is_fix(statement: ast.If, subject: ast.Name) -> bool:
    match statement:
        case ast.If(body=[ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str()))], orelse=orelse):
            if name != subject.id or not any(same(node, subject) for node in walk(statement.test)):
                return False
            return not orelse or (len(orelse) == 1 and isinstance(orelse[0], ast.If) and _is_fix(orelse[0], subject))
        case _:
            return False


def _gaps(survey: Survey, fixes: list[ast.If], subject: ast.Name) -> Iterator[Gap]:
    known = {key for fix in fixes for key in literal_keys(fix, subject)} | survey.config.aliases.keys()
    for key in (*sorted(known), UNKNOWN, "", None):
        legacy = _run(fixes, subject, key)
        registry = survey.config.aliases.get(key, key) if key is not None else None
        if legacy is Ellipsis:
            yield Gap("alias", f"a test of the alias fix cannot be decided at key {key!r}")
        elif legacy != registry:
            yield Gap("alias", f"alias key {key!r}: legacy code makes it {legacy!r}, the alias table {registry!r}")


def _run(fixes: list[ast.If], subject: ast.Name, key: str | None) -> object:
    for fix in fixes:
        result = _step(fix, subject, key)
        if not isinstance(result, str | None):
            return result
        key = result
    return key


def _step(fix: ast.If, subject: ast.Name, key: str | None) -> object:
    decision = decide(fix.test, Point(subject, key, {}))
    if decision is Decision.OPEN:
        return ...
    if decision is Decision.HOLDS:
        assigned = fix.body[0]
        return (
            assigned.value.value
            if isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Constant)
            else ...
        )
    return _step(fix.orelse[0], subject, key) if fix.orelse and isinstance(fix.orelse[0], ast.If) else key
