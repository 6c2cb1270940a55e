"""What the registry would refuse in the tables of a config, said before anything is proved against them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cutover_migrate.certificate._references import identifier_of, parse_reference

AUTO_DETECT = "AUTO_DETECT_PROVIDERS"
_ENTRY_FIELDS: dict[str, tuple[type, ...]] = {
    "timeout": (int, float, type(None)),
    "priority": (int,),
    "auto_detect": (bool,),
    "module_name": (str, type(None)),
    "sites": (list, tuple, str, type(None)),
    "slots": (dict,),
    "values": (dict,),
    "lazy": (bool,),
    "capabilities": (list, tuple),
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
_OF_CONFIG = {"name", "from_entry", "identifier", "references", "with_convention"}
_OF_RESOLVED = {"config", "site"}
_RESERVED = frozenset({*_OF_CONFIG, *_OF_RESOLVED, *_ENTRY_FIELDS})


def config_faults(tables: Mapping[str, Any]) -> list[str]:
    """Give what the registry would refuse: the tables' kinds, or else their records, or else how they go together."""
    for faults in (_kind_faults, _table_faults, _cross_faults):
        found = list(faults(tables))
        if found:
            return found
    return []


def _kind_faults(tables: Mapping[str, Any]) -> Iterator[str]:
    for name, kinds in _TABLES.items():
        if name in tables and type(tables[name]) not in kinds:
            yield f"{name} is not of the kind that the registry reads"
    if "PROVIDER_CONFIGS" not in tables:
        yield "the config module has no PROVIDER_CONFIGS"


def _table_faults(tables: Mapping[str, Any]) -> Iterator[str]:
    for table, fields in (("PROVIDER_CONFIGS", _ENTRY_FIELDS), ("SITES", _SITE_FIELDS)):
        for name, record in tables.get(table, {}).items():
            yield from _record_faults(f"{table}[{name!r}]", record, fields)
            if type(name) is not str:
                yield f"{table} has the key {name!r}, which is no string"
    for table in ("SLOTS", "PROVIDER_ALIASES"):
        if not all(type(part) is str for pair in tables.get(table, {}).items() for part in pair):
            yield f"{table} has something else than strings"
    if not all(type(name) is str for name in tables.get(AUTO_DETECT, ())):
        yield f"{AUTO_DETECT} has something else than strings"


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


def _cross_faults(tables: Mapping[str, Any]) -> Iterator[str]:
    entries, sites = tables["PROVIDER_CONFIGS"], tables.get("SITES", {})
    for name, entry in entries.items():
        yield from (f"PROVIDER_CONFIGS[{name!r}]{fault}" for fault in _entry_faults(entry, sites))
        yield from (
            f"PROVIDER_CONFIGS[{name!r}]: the convention of slot {slot!r} gives no reference"
            for slot, pattern in tables.get("SLOTS", {}).items()
            if entry.get("module_name") is not None
            and slot not in entry.get("slots", {})
            and parse_reference(pattern.replace("{}", identifier_of(name)), "m") is None
        )
    for name, rule in sites.items():
        yield from (f"SITES[{name!r}]{fault}" for fault in _rule_faults(rule, entries))
    for slot, pattern in tables.get("SLOTS", {}).items():
        if parse_reference(pattern.replace("{}", "x"), "m") is None:
            yield f"SLOTS[{slot!r}] is {pattern!r}, which is no reference"


def _entry_faults(entry: Mapping[str, Any], sites: Mapping[str, Any]) -> Iterator[str]:
    listed = entry.get("sites") or ()
    if isinstance(listed, str) and listed != "*":
        yield "['sites'] is neither a list of site names nor \"*\""
        return
    yield from (
        f"['sites'] has {site!r}, which SITES has not" for site in listed if listed != "*" and site not in sites
    )
    if entry.get("module_name") is not None and parse_reference("x", entry["module_name"]) is None:
        yield f"['module_name'] is {entry['module_name']!r}, which is no dotted module"
    for field in ("slots", "values"):
        yield from (f"[{field!r}] has the name {name!r}" for name in entry.get(field, {}) if not _is_readable(name))
    for slot, text in entry.get("slots", {}).items():
        if text is not None and (type(text) is not str or parse_reference(text, entry.get("module_name")) is None):
            yield f"['slots'][{slot!r}] is {text!r}, which is no reference"
    timeout = entry.get("timeout")
    if timeout is not None and not 0 < timeout < math.inf:
        yield f"['timeout'] is {timeout!r}, which is no number of seconds"


def _rule_faults(rule: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterator[str]:
    if "slots" not in rule:
        yield " has no slots"
    for field in ("slots", "kept_slots"):
        yield from (f"[{field!r}] has the name {name!r}" for name in rule.get(field, ()) if not _is_readable(name))
    if rule.get("default") is not None and rule["default"] not in entries:
        yield f"['default'] is {rule['default']!r}, which PROVIDER_CONFIGS has not"


def _is_readable(name: object) -> bool:
    """Tell whether a slot or value of that name can be read from a resolved provider."""
    return type(name) is str and name.isidentifier() and not name.startswith("_") and name not in _RESERVED


def _single(value: list[str] | tuple[str, ...]) -> bool:
    return len(set(value)) == len(value) and "" not in value
