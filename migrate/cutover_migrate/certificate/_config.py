"""The generated config module, read as literals: nothing of it is imported or run.

What cannot be read in full is not half believed: `read_config` gives either the whole table or the reasons why not.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cutover_migrate.certificate._config_faults import AUTO_DETECT, config_faults
from cutover_migrate.certificate._syntax import same, walk

Every: TypeAlias = Literal["*"]
DEFAULT_TIMEOUT = 30
_DERIVED = ast.parse(
    "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items() "
    'if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]'
).body[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """One provider's entry; `sites` is None where the entry does not say, `timeout` where it has none of its own."""

    name: str
    module_name: str | None
    sites: tuple[str, ...] | Every | None
    slots: Mapping[str, str | None]
    values: Mapping[str, Any]
    timeout: float | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One site's rule, as `SITES` has it."""

    name: str
    slots: tuple[str, ...]
    kept_slots: tuple[str, ...]
    default: str | None
    kept: frozenset[str]
    values: frozenset[str]
    lazy: bool


@dataclass(frozen=True, slots=True)
class Config:
    """The tables of a config module. `lists` holds its lists of names, new providers left out."""

    entries: Mapping[str, Entry]
    sites: Mapping[str, SiteRule]
    slots: Mapping[str, str]
    aliases: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    default_timeout: float


@dataclass(frozen=True, slots=True)
class ConfigRefused:
    """A config module that cannot be read: (line, reason) of everything that stands against it."""

    reasons: tuple[tuple[int, str], ...]


def read_config(data: bytes) -> Config | ConfigRefused:
    """Read the tables of a config module."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError) as exc:
        return ConfigRefused(((getattr(exc, "lineno", None) or 1, f"the config module does not parse: {exc}"),))
    reasons: list[tuple[int, str]] = []
    tables = _tables(tree, reasons)
    reasons.extend((1, reason) for reason in config_faults(tables))
    return ConfigRefused(tuple(reasons)) if reasons else _assemble(tables)


def _tables(tree: ast.Module, reasons: list[tuple[int, str]]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for index, statement in enumerate(tree.body):
        if index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if same(statement, _DERIVED) and {AUTO_DETECT, "PROVIDER_CONFIGS"} <= tables.keys():
            tables[AUTO_DETECT] = _extended(tables)
            continue
        name, value = _assignment(statement)
        if name is None or value is None:
            reasons.append((statement.lineno, "the config module has a statement that is not `NAME = literal`"))
        elif name in tables:
            reasons.append((statement.lineno, f"the config module assigns {name} twice"))
        else:
            tables[name] = _literal(name, value, reasons)
    return tables


def _assignment(statement: ast.stmt) -> tuple[str | None, ast.expr | None]:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value)
        ):
            return name, value
        case _:
            return None, None


def _literal(name: str, value: ast.expr, reasons: list[tuple[int, str]]) -> Any:
    for node in walk(value):
        if isinstance(node, ast.Dict):
            keys = [ast.dump(key) if key else "**" for key in node.keys]
            twice = {key for key in keys if keys.count(key) > 1}
            reasons.extend((node.lineno, f"{name} has the key {key} twice") for key in sorted(twice))
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        reasons.append((value.lineno, f"{name} is not a literal, so it cannot be read without running it"))
        return None


def _extended(tables: Mapping[str, Any]) -> Any:
    """Give the list with the auto-detected providers that it lacks, those without `sites` left out: they are new."""
    listed, configs = tables[AUTO_DETECT], tables["PROVIDER_CONFIGS"]
    if not isinstance(listed, list) or not isinstance(configs, dict):
        return listed
    joining = [name for name, entry in configs.items() if isinstance(entry, dict) and entry.get("auto_detect")]
    return [*listed, *(name for name in joining if name not in listed and configs[name].get("sites") is not None)]


def _assemble(tables: Mapping[str, Any]) -> Config:
    lists = {
        name: tuple(value)
        for name, value in tables.items()
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    }
    return Config(
        entries={name: _entry(name, record) for name, record in tables["PROVIDER_CONFIGS"].items()},
        sites={name: _rule(name, record) for name, record in tables.get("SITES", {}).items()},
        slots=tables.get("SLOTS", {}),
        aliases=tables.get("PROVIDER_ALIASES", {}),
        lists=lists,
        default_timeout=tables.get("DEFAULT_TIMEOUT", DEFAULT_TIMEOUT),
    )


def _entry(name: str, record: Mapping[str, Any]) -> Entry:
    sites = record.get("sites")
    return Entry(
        name=name,
        module_name=record.get("module_name"),
        sites="*" if sites == "*" else None if sites is None else tuple(sites),
        slots=record.get("slots", {}),
        values=record.get("values", {}),
        timeout=record.get("timeout"),
        lazy=bool(record.get("lazy", False)),
    )


def _rule(name: str, record: Mapping[str, Any]) -> SiteRule:
    return SiteRule(
        name=name,
        slots=tuple(record.get("slots", ())),
        kept_slots=tuple(record.get("kept_slots", ())),
        default=record.get("default"),
        kept=frozenset(record.get("kept", ())),
        values=frozenset(record.get("values", ())),
        lazy=bool(record.get("lazy", False)),
    )
