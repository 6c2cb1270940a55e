"""The generated config module, read as literals: nothing of it is imported or run.

What cannot be read in full is not half believed: `read_config` gives either the whole table or the reasons why not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cutover_migrate.certificate._syntax import same

Every: TypeAlias = Literal["*"]
DEFAULT_TIMEOUT = 30
AUTO_DETECT = "AUTO_DETECT_PROVIDERS"
_DERIVED = ast.parse(
    "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items() "
    'if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]'
).body[0]
_ENTRY_FIELDS: dict[str, tuple[type, ...]] = {
    "timeout": (int, float, type(None)),
    "priority": (int,),
    "auto_detect": (bool,),
    "module_name": (str, type(None)),
    "sites": (list, tuple, str, type(None)),
    "slots": (dict,),
    "values": (dict,),
    "lazy": (bool,),
}
_SITE_FIELDS: dict[str, tuple[type, ...]] = {
    "slots": (list, tuple),
    "default": (str, type(None)),
    "kept": (list, tuple),
    "kept_slots": (list, tuple),
    "lazy": (bool,),
    "values": (list, tuple),
}
_TABLES: dict[str, tuple[type, ...]] = {
    "PROVIDER_CONFIGS": (dict,),
    "SITES": (dict,),
    "SLOTS": (dict,),
    "PROVIDER_ALIASES": (dict,),
    "DEFAULT_PROVIDER": (str, type(None)),
    "DEFAULT_TIMEOUT": (int, float),
    "AUTO_DETECT_PROVIDERS": (list, tuple),
}


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
    reasons.extend((1, reason) for reason in _faults(tables))
    return ConfigRefused(tuple(reasons)) if reasons else _assemble(tables)


def _tables(tree: ast.Module, reasons: list[tuple[int, str]]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for index, statement in enumerate(tree.body):
        if index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if same(statement, _DERIVED) and {AUTO_DETECT, "PROVIDER_CONFIGS"} <= tables.keys():
            tables[AUTO_DETECT] = [*tables[AUTO_DETECT], *_joining(tables)]
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
    for node in ast.walk(value):
        if isinstance(node, ast.Dict):
            keys = [ast.dump(key) if key else "**" for key in node.keys]
            twice = {key for key in keys if keys.count(key) > 1}
            reasons.extend((node.lineno, f"{name} has the key {key} twice") for key in sorted(twice))
    try:
        return ast.literal_eval(value)
    except ValueError:
        reasons.append((value.lineno, f"{name} is not a literal, so it cannot be read without running it"))
        return None


def _joining(tables: Mapping[str, Any]) -> Iterator[str]:
    """Give the auto-detected providers that the list lacks, those without `sites` left out: they are new."""
    configs = tables["PROVIDER_CONFIGS"]
    for name, entry in configs.items() if isinstance(configs, dict) else ():
        if (
            isinstance(entry, dict)
            and entry.get("auto_detect")
            and name not in tables[AUTO_DETECT]
            and "sites" in entry
        ):
            yield name


def _faults(tables: Mapping[str, Any]) -> Iterator[str]:
    """Give what the registry would refuse; each stands alone, so that one report names all."""
    wrong = [name for name, kind in _TABLES.items() if name in tables and type(tables[name]) not in kind]
    if wrong or "PROVIDER_CONFIGS" not in tables:
        yield from (f"{name} is not of the kind that the registry reads" for name in wrong)
        yield from () if "PROVIDER_CONFIGS" in tables else ("the config module has no PROVIDER_CONFIGS",)
        return
    for table, fields in (("PROVIDER_CONFIGS", _ENTRY_FIELDS), ("SITES", _SITE_FIELDS)):
        for name, record in tables.get(table, {}).items():
            yield from _record_faults(f"{table}[{name!r}]", record, fields)
    for table in ("SLOTS", "PROVIDER_ALIASES"):
        if not all(isinstance(part, str) for pair in tables.get(table, {}).items() for part in pair):
            yield f"{table} has something else than strings"
    yield from _cross_faults(tables["PROVIDER_CONFIGS"], tables.get("SITES", {}))


def _record_faults(where: str, record: Any, fields: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    if not isinstance(record, dict):
        yield f"{where} is not a dict"
        return
    for field, value in record.items():
        if field not in fields:
            yield f"{where} has the unknown field {field!r}"
        elif type(value) not in fields[field]:
            yield f"{where}[{field!r}] is not of the kind that the registry reads"
        elif isinstance(value, list | tuple) and not (all(type(item) is str for item in value) and _single(value)):
            yield f"{where}[{field!r}] is not a list of different strings"


def _cross_faults(entries: Mapping[str, Any], sites: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in entries.items():
        listed = entry.get("sites", ()) if isinstance(entry, dict) else ()
        for site in () if listed == "*" else listed:
            if site not in sites:
                yield f"PROVIDER_CONFIGS[{name!r}]['sites'] has {site!r}, which SITES has not"
    for name, rule in sites.items():
        default = rule.get("default") if isinstance(rule, dict) else None
        if default is not None and default not in entries:
            yield f"SITES[{name!r}]['default'] is {default!r}, which PROVIDER_CONFIGS has not"


def _single(value: list[str] | tuple[str, ...]) -> bool:
    return len(set(value)) == len(value)


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
