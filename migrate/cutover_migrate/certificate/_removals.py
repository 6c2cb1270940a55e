"""Legacy lines that `finish` took out: import statements and safe imports. Each name of theirs has to come back.

A safe import is `_x = helper("x", ["make_x"])` followed by `make_x = _x.get("make_x")`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cutover_migrate.certificate._references import Origin
from cutover_migrate.certificate._survey import Survey
from cutover_migrate.certificate._syntax import same


@dataclass(frozen=True, slots=True)
class Holder:
    """`name = helper(argument, [names…])`."""

    name: str
    helper: str
    argument: str
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Removed:
    """One global that went with a line: an import, or what `holder` gave for `attribute` (by `[...]` if `strict`)."""

    name: str
    line: int
    origin: Origin | None = None
    holder: Holder | None = None
    attribute: str = ""
    strict: bool = False


class Removals:
    """Collects, for one file, the removed names in the order of the file."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.names: list[Removed] = []
        self.holders: dict[str, Holder] = {}
        self._helpers = {bind.load for bind in survey.binds}

    def take(self, old: ast.stmt, new: Sequence[ast.stmt]) -> int | None:
        """Take a legacy line out; gives how many new statements stand for the rest of it, None if it cannot go."""
        match old:
            case ast.ImportFrom(module="__future__") | ast.ImportFrom(names=[ast.alias(name="*")]):
                return None
            case ast.Import() | ast.ImportFrom():
                return self._import(old, new[0] if new else None)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return 0 if self._holder(name, value) or self._held(name, value) else None
            case _:
                return None

    def _import(self, old: ast.Import | ast.ImportFrom, new: ast.stmt | None) -> int:
        rest = _kept_names(old, new)
        for alias in old.names:
            if not any(same(alias, other) for other in rest):
                name = alias.asname or alias.name.partition(".")[0]
                self.names.append(Removed(name, old.lineno, origin=self._origin(old, alias)))
        return 1 if rest else 0

    def _origin(self, statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> Origin:
        if isinstance(statement, ast.ImportFrom):
            return Origin(self.survey.module_of(statement.module, statement.level), alias.name)
        return Origin(alias.name, None, top=alias.asname is None and "." in alias.name)

    def _holder(self, name: str, value: ast.expr) -> bool:
        match value:
            case ast.Call(
                func=ast.Name(id=helper),
                args=[ast.Constant(value=str(argument)), ast.List(elts=elements) | ast.Tuple(elts=elements)],
                keywords=[],
            ) if helper in self._helpers:
                constants = [element.value for element in elements if isinstance(element, ast.Constant)]
                names = tuple(name for name in constants if isinstance(name, str))
                if len(names) != len(elements):
                    return False
                self.holders[name] = Holder(name, helper, argument, names, value.lineno)
                return True
            case _:
                return False

    def _held(self, name: str, value: ast.expr) -> bool:
        match value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=holder), attr="get"),
                args=[ast.Constant(value=str(attribute))],
                keywords=[],
            ):
                strict = False
            case ast.Subscript(value=ast.Name(id=holder), slice=ast.Constant(value=str(attribute))):
                strict = True
            case _:
                return False
        if holder not in self.holders:
            return False
        self.names.append(Removed(name, value.lineno, holder=self.holders[holder], attribute=attribute, strict=strict))
        return True


def _kept_names(old: ast.Import | ast.ImportFrom, new: ast.stmt | None) -> list[ast.alias]:
    """Give the names of the statement that its shortened form still has."""
    if type(new) is not type(old) or not isinstance(new, ast.Import | ast.ImportFrom):
        return []
    if _source(old) != _source(new):
        return []
    rest = iter(old.names)
    if all(any(same(alias, other) for other in rest) for alias in new.names):
        return new.names
    return []


def _source(statement: ast.Import | ast.ImportFrom) -> tuple[str | None, int]:
    return (statement.module, statement.level) if isinstance(statement, ast.ImportFrom) else (None, 0)
