"""What the runtime makes of a config: which providers a site serves, and what fills their slots.

This is a second reading of the registry's rules, written from their description and sharing no code with it:
an error in one of the two shows up as a certificate that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cutover_migrate.certificate._config import Config, Entry, SiteRule
from cutover_migrate.certificate._references import Origin, Reference, identifier_of, parse_reference


@dataclass(frozen=True, slots=True)
class Served:
    """What `resolve` gives at one key: slots and constants; `fault` says why it gives nothing."""

    provider: str
    slots: Mapping[str, Reference]
    values: Mapping[str, Any]
    lazy: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SiteTable:
    """One site as the runtime sees it: the keys that it serves, those that may join, and its default."""

    rule: SiteRule
    served: Mapping[str, Served]
    joining: frozenset[str]
    default: Served | None

    def at(self, key: str | None) -> Served | None:
        """Give what `resolve` gives for a key."""
        return self.default if key is None else self.served.get(key, self.default)


def site_table(config: Config, rule: SiteRule) -> SiteTable:
    """Compute the table of one site."""
    entries = config.entries.values()
    default = config.entries.get(rule.default) if rule.default is not None else None
    return SiteTable(
        rule=rule,
        served={entry.name: _served(config, rule, entry) for entry in entries if _is_member(rule, entry)},
        joining=frozenset(entry.name for entry in entries if entry.sites is None and entry.name not in rule.kept),
        default=None if default is None else _served(config, rule, default),
    )


def _is_member(rule: SiteRule, entry: Entry) -> bool:
    listed = entry.sites is not None and (entry.sites == "*" or rule.name in entry.sites)
    return listed and entry.name not in rule.kept


def _served(config: Config, rule: SiteRule, entry: Entry) -> Served:
    hidden = config.slots.keys() | {slot for slot, text in entry.slots.items() if text is not None}
    values = {name: value for name, value in entry.values.items() if name in rule.values and name not in hidden}
    missing = sorted(rule.values - values.keys() - {"timeout"})
    filled = {slot: _filled(config, entry, slot) for slot in rule.slots}
    faults = [text for text in filled.values() if isinstance(text, str)]
    faults += [f"provider {entry.name!r} has no value {name!r}" for name in missing]
    return Served(
        provider=entry.name,
        slots={slot: reference for slot, reference in filled.items() if isinstance(reference, Reference)},
        values=values
        | {"timeout": config.default_timeout if entry.timeout is None else entry.timeout, "name": entry.name},
        lazy=rule.lazy or entry.lazy,
        fault=faults[0] if faults else "",
    )


def _filled(config: Config, entry: Entry, slot: str) -> Reference | str:
    convention = config.slots.get(slot) if entry.module_name is not None else None
    given = None if convention is None else convention.replace("{}", identifier_of(entry.name))
    text = entry.slots.get(slot, given)
    if text is None:
        return f"provider {entry.name!r} has no {slot!r}"
    reference = parse_reference(text, entry.module_name)
    return f"slot {slot!r} of provider {entry.name!r} has the reference {text!r}" if reference is None else reference


@dataclass(frozen=True, slots=True)
class Bound:
    """One global that a bind line gives the module, unless the module has it already; `new` for a joining provider."""

    name: str
    origin: Origin
    entry: Entry
    new: bool


def bound_names(config: Config, sites: tuple[str, ...]) -> tuple[Bound, ...]:
    """Give the globals of one bind line, provider by provider in table order."""
    rules = [config.sites[name] for name in sites]
    found: dict[str, Bound] = {}
    for entry in config.entries.values():
        for bound in _bound_of(config, entry, rules):
            found.setdefault(bound.name, bound)
    return tuple(found.values())


def _bound_of(config: Config, entry: Entry, rules: list[SiteRule]) -> Iterator[Bound]:
    must: dict[str, bool] = {}
    for rule in rules:
        named = entry.name == rule.default or entry.name in rule.kept
        if rule.lazy or entry.lazy or not (named or entry.sites is None or _is_member(rule, entry)):
            continue
        new = entry.sites is None and not named
        for slot in rule.slots if new else (*rule.slots, *rule.kept_slots):
            must[slot] = must.get(slot, False) or not new
    order = list(dict.fromkeys([*config.slots, *entry.slots]))
    for slot in sorted(must.keys() & set(order), key=order.index):
        reference = _filled(config, entry, slot)
        if isinstance(reference, Reference) and not reference.own:
            yield Bound(reference.name, reference.origin, entry, new=not must[slot])
