"""Literals that the config took over: the timeouts dict and inline lists of providers.

A list of the config is one shared object. It may stand for a literal where the literal's identity cannot matter: when
it is looped over, when membership is tested, or when `list(...)` copies it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from cutover_migrate.certificate._axioms import CONFIG_STAYS, TABLE_ORDER
from cutover_migrate.certificate._gaps import Gap, Ledger
from cutover_migrate.certificate._module import may_bind
from cutover_migrate.certificate._survey import REGISTRY_NAMES, Survey
from cutover_migrate.certificate._syntax import same, walk

_TIMEOUTS = ast.parse("get_provider_registry().timeouts()", mode="eval").body
_COPIES = {"list": ast.List, "tuple": ast.Tuple}


def replaced_expression(
    survey: Survey, ledger: Ledger, *, owner: ast.AST, old: ast.AST, new: ast.AST
) -> Iterator[Gap] | None:
    """Judge an expression that the config replaces; None if it is none of these."""
    if survey.stage != "finished":
        return None
    if isinstance(old, ast.Dict) and same(new, _TIMEOUTS):
        return _timeouts(survey, ledger, old)
    name, copies = _config_list(survey, new)
    if name is not None and isinstance(old, ast.List | ast.Tuple):
        ledger.uses(CONFIG_STAYS)
        alone = copies is None and not _only_read(owner, new) and not _only_looped_over(survey, owner)
        return _names(survey, old, name, alone=alone, copies=copies)
    return None


def _config_list(survey: Survey, new: ast.AST) -> tuple[str | None, str | None]:
    available = survey.imported - REGISTRY_NAMES
    match new:
        case ast.Name(id=name) if name in available:
            return name, None
        case ast.Call(func=ast.Name(id=copier), args=[ast.Name(id=name)], keywords=[]) if name in available:
            return (name, copier) if copier in _COPIES else (None, None)
        case _:
            return None, None


def _only_read(owner: ast.AST, new: ast.AST) -> bool:
    return any(read is new for read in _quiet_reads(owner))


def _only_looped_over(survey: Survey, owner: ast.AST) -> bool:
    """Tell whether the list gets a local name that is only ever looped over or searched."""
    match owner:
        case ast.Assign(targets=[ast.Name(id=name)]) if name not in may_bind(survey.new.body):
            reads = [node for node in walk(survey.new) if isinstance(node, ast.Name) and node.id == name]
            quiet = {id(read) for node in walk(survey.new) for read in _quiet_reads(node)}
            return all(id(read) in quiet for read in reads if isinstance(read.ctx, ast.Load))
        case _:
            return False


def _quiet_reads(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.For(iter=read) | ast.AsyncFor(iter=read) | ast.comprehension(iter=read):
            return [read]
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[read]):
            return [read]
        case _:
            return []


def _names(survey: Survey, old: ast.List | ast.Tuple, name: str, *, alone: bool, copies: str | None) -> Iterator[Gap]:
    legacy = _literal(old)
    config = list(survey.config.lists[name])
    if legacy is None or list(legacy) != config:
        yield Gap("list", f"the list {_text(legacy)} became {name}, which is {config!r}")
    if alone:
        yield Gap(
            "list", f"{name} itself stands where a list of its own stood: a change of one would show in the other"
        )
    if copies is not None and (not isinstance(old, _COPIES[copies]) or copies in survey.rebound):
        yield Gap("list", f"`{copies}({name})` is not of the kind that the literal was")


def _timeouts(survey: Survey, ledger: Ledger, old: ast.Dict) -> Iterator[Gap]:
    ledger.uses(CONFIG_STAYS)
    legacy = _literal(old)
    entries = survey.config.entries.values()
    kept = [
        entry for entry in entries if entry.sites is not None or (isinstance(legacy, dict) and entry.name in legacy)
    ]
    table = {entry.name: entry.timeout for entry in kept if entry.timeout is not None}
    if "get_provider_registry" not in survey.imported:
        yield Gap("import", "get_provider_registry is not imported")
    if not isinstance(legacy, dict) or _typed(legacy) != _typed(table):
        yield Gap("timeouts", f"the timeouts {_text(legacy)} became {table!r}, the entries with a timeout of their own")
    elif list(legacy) != list(table):
        ledger.uses(TABLE_ORDER)


def _typed(table: dict[Any, Any]) -> dict[Any, tuple[type, Any]]:
    return {key: (type(value), value) for key, value in table.items()}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _text(legacy: Any) -> str:
    return "(no literal)" if legacy is None else repr(legacy)
