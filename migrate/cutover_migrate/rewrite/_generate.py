"""The three generated files: the table, the registry, the loader. Short, literal, easy to read.

Example: ``config_text(table, sites, comments={})``
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

from cutover_migrate.rewrite._imports import reference
from cutover_migrate.rewrite._layout import Layout
from cutover_migrate.rewrite._naming import find_pattern, identifier
from cutover_migrate.rewrite._table import SitePlan, Table

Literal = object
WIDTH = 110


def config_text(table: Table, sites: list[SitePlan], comments: Mapping[str, list[str]]) -> str:
    """The text of ``providers.py``: every statement a literal, but for the auto-detect list's last line."""
    default = next((site.default for site in sites if site.default), None)
    conventions = slot_conventions(table)
    lines = [
        '"""Providers of this gateway, one entry each: adding one is one new entry. Written by `cutover apply`."""',
        "",
        f"DEFAULT_PROVIDER = {_text(default)}",
        f"DEFAULT_TIMEOUT = {table.default_timeout if table.default_timeout is not None else 30!r}  # seconds",
        f"PROVIDER_ALIASES = {_text(table.aliases)}",
        *_wrapped("SLOTS", conventions),
        *_block("SITES", {site.name: _site_entry(site) for site in sites}),
        "PROVIDER_CONFIGS = {",
    ]
    every = [site.name for site in sites]
    for place, provider in enumerate(table.providers, start=1):
        entry = _provider_entry(table, sites, every, conventions, provider, place)
        beside = "; ".join(comments.get(provider, []))
        lines.append(f"    {_text(provider)}: {_text(entry)},{f'  # {beside}' if beside else ''}")
    lines += ["}", f"AUTO_DETECT_PROVIDERS = {_text(table.auto_detect)}", AUTO_DETECT_RULE]
    return "\n".join(lines) + "\n"


AUTO_DETECT_RULE = (
    "AUTO_DETECT_PROVIDERS += [p for p, entry in PROVIDER_CONFIGS.items()"
    ' if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS]'
)


def registry_text(layout: Layout) -> str:
    """The text of ``provider_registry.py``."""
    package, _, name = layout.config_module.rpartition(".")
    where = f"from {package} import {name}" if package else f"import {name}"
    return f'''"""The provider registry of this gateway; its table is {layout.config}. Written by `cutover apply`."""

from {layout.runtime_module} import ProviderConfig, ProviderRegistry, use_registry  # noqa: F401
{where}

_registry = ProviderRegistry.from_module({name})
bind_providers = _registry.bind
normalize_provider_name = _registry.normalize


def get_provider_registry() -> ProviderRegistry:
    return _registry
'''


def loader_text(layout: Layout) -> str:
    """The text of ``provider_loader.py``."""
    return f'''"""Loading of providers by name. Written by `cutover apply`."""

from {layout.registry_module} import get_provider_registry

load_all_providers = get_provider_registry().load_all
load_provider = get_provider_registry().load
get_provider_or_error = get_provider_registry().get_or_error
'''


def slot_conventions(table: Table) -> dict[str, str]:
    """The slots whose references most providers follow; the rest is written out in the entries."""
    found = {}
    for slot, column in table.slots.items():
        references = {provider: reference(origin, table.module_of(provider)) for provider, origin in column.items()}
        pattern = find_pattern(references)
        if pattern is None:
            continue
        fitting = [
            provider for provider, text in references.items() if text == pattern.replace("{}", identifier(provider))
        ]
        if len(fitting) >= 2 and 2 * len(fitting) > len(references):
            found[slot] = pattern
    return found


def provider_slots(
    table: Table, sites: list[SitePlan], conventions: Mapping[str, str], provider: str
) -> dict[str, str | None]:
    """The slots of an entry that the convention does not give (``None``: it gives one that is not there)."""
    needed = {slot for site in sites if provider in related(site) for slot in bound_slots(sites, site.path)}
    found: dict[str, str | None] = {}
    for slot, column in table.slots.items():
        convention = conventions.get(slot)
        expected = convention.replace("{}", identifier(provider)) if convention else None
        origin = column.get(provider)
        actual = reference(origin, table.module_of(provider)) if origin is not None else None
        plain = f"p{identifier(provider)}".isidentifier()
        impossible = expected is not None and not (plain and _is_reference(expected))
        if actual != expected and (actual is not None or slot in needed or impossible):
            found[slot] = actual
    return found


def _is_reference(text: str) -> bool:
    names = re.split(r" as |[.:]", text.removeprefix("."))
    mangled = any(name.startswith("__") and not name.endswith("__") for name in names)
    return not mangled and all(name.isidentifier() and not keyword.iskeyword(name) for name in names)


def related(site: SitePlan) -> set[str]:
    """The providers whose names a site's module binds."""
    return {*site.keys, *site.kept, *([site.default] if site.default else [])}


def bound_slots(sites: Iterable[SitePlan], path: str) -> list[str]:
    """The slots that one file's sites bind."""
    found = [slot for site in sites if site.path == path for slot in (*site.slots, *site.kept_slots)]
    return list(dict.fromkeys(found))


def _site_entry(site: SitePlan) -> dict[str, Literal]:
    entry: dict[str, Literal] = {"slots": site.slots}
    if site.default:
        entry["default"] = site.default
    if site.kept:
        entry["kept"] = site.kept
    if site.kept_slots:
        entry["kept_slots"] = site.kept_slots
    if site.is_lazy:
        entry["lazy"] = True
    if site.value_columns:
        entry["values"] = site.value_columns
    return entry


def _provider_entry(
    table: Table, sites: list[SitePlan], every: list[str], conventions: Mapping[str, str], provider: str, place: int
) -> dict[str, Literal]:
    entry: dict[str, Literal] = {}
    if provider in table.timeouts:
        entry["timeout"] = table.timeouts[provider]
    entry["priority"] = place
    entry["auto_detect"] = provider in table.auto_detect
    entry["module_name"] = table.module_of(provider)
    member = [site.name for site in sites if provider in site.keys]
    entry["sites"] = "*" if member == every else member
    slots = provider_slots(table, sites, conventions, provider)
    if slots:
        entry["slots"] = slots
    values = {name: column[provider] for name, column in table.values.items() if provider in column}
    if values:
        entry["values"] = values
    return entry


def _block(name: str, items: Mapping[str, Literal]) -> list[str]:
    return [f"{name} = {{", *(f"    {_text(key)}: {_text(value)}," for key, value in items.items()), "}"]


def _wrapped(name: str, items: Mapping[str, Literal]) -> list[str]:
    """A flat dict, as many items a line as fit."""
    lines: list[str] = []
    for key, value in items.items():
        item = f"{_text(key)}: {_text(value)},"
        if lines and len(lines[-1]) + len(item) < WIDTH:
            lines[-1] += f" {item}"
        else:
            lines.append(f"    {item}")
    return [f"{name} = {{", *lines, "}"] if lines else [f"{name} = {{}}"]


def _text(value: Literal) -> str:
    """A literal with double quotes, as formatters write it."""
    if isinstance(value, str):
        return repr(value) if '"' in value else '"' + repr("'" + value)[2:-1] + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return repr(value)
