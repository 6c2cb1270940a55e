"""The generated table: what each site serves, and the splices that change one entry. Read as literals, never run."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cutover_cli._plant._sources import Source, Splice
from cutover_registry import SlotReference

Literals = Mapping[str, Any]


@dataclass(frozen=True)
class Config:
    """The tables of the config module; `nodes` holds the dict display of each table."""

    source: Source
    nodes: Mapping[str, ast.Dict]
    tables: Mapping[str, Literals]

    @property
    def entries(self) -> Literals:
        """PROVIDER_CONFIGS."""
        return self.tables["PROVIDER_CONFIGS"]

    def slots(self, site: str) -> tuple[str, ...]:
        """Give the slots that a site's template reads."""
        return tuple(self.tables["SITES"][site].get("slots", ()))

    def default(self, site: str) -> str | None:
        """Give the provider that a site falls back to."""
        default: str | None = self.tables["SITES"][site].get("default")
        return default

    def members(self, site: str) -> tuple[str, ...]:
        """Give the keys of a site's table, in its order."""
        kept = self.tables["SITES"][site].get("kept", ())
        listed = ((name, entry.get("sites") or ()) for name, entry in self.entries.items() if name not in kept)
        return tuple(name for name, sites in listed if sites == "*" or site in sites)

    def is_lazy(self, site: str) -> bool:
        """Tell whether slots of the site are imported at each read."""
        entries = (self.entries[name] for name in self.members(site))
        return bool(self.tables["SITES"][site].get("lazy")) or any(entry.get("lazy") for entry in entries)

    def reference(self, provider: str, slot: str) -> SlotReference | None:
        """Give what fills a slot of a provider, None if nothing does."""
        entry = self.entries[provider]
        module: str | None = entry.get("module_name")
        convention = self.tables.get("SLOTS", {}).get(slot) if module is not None else None
        identifier = provider.replace("-", "_").replace(".", "_")
        text = entry.get("slots", {}).get(slot, convention and convention.replace("{}", identifier))
        return None if text is None else SlotReference.parse(text, module_name=module)

    def callee(self, provider: str, slot: str) -> str:
        """Give the expression through which the migrated module reads a slot; empty if nothing fills it."""
        reference = self.reference(provider, slot)
        return "" if reference is None else reference.expression

    def fills(self, provider: str, site: str) -> bool:
        """Tell whether a provider has every slot and value that a site reads."""
        values = set(self.tables["SITES"][site].get("values", ())) - {"timeout"}
        return values <= set(self.entries[provider].get("values", {})) and all(
            self.callee(provider, slot) for slot in self.slots(site)
        )

    def with_slots(self, provider: str, slots: Mapping[str, str]) -> tuple[Splice, ...]:
        """Make the splices after which an entry has these slot references."""
        entry = self._entry(provider)
        there = _value(entry, "slots")
        if not isinstance(there, ast.Dict):
            return (self._inserted(entry, {"slots": dict(slots)}),)
        found = {slot: _value(there, slot) for slot in slots}
        replaced = [self.source.replaced(node, _text(slots[slot])) for slot, node in found.items() if node is not None]
        new = {slot: text for slot, text in slots.items() if found[slot] is None}
        return (*replaced, *([self._inserted(there, new)] if new else []))

    def with_field(self, provider: str, field: str, value: object) -> tuple[Splice, ...]:
        """Make the splice after which an entry has this field."""
        return (self._set(self._entry(provider), field, value),)

    def with_default(self, site: str, provider: str) -> tuple[Splice, ...]:
        """Make the splice after which a site has another default."""
        node = _value(self.nodes["SITES"], site)
        assert isinstance(node, ast.Dict)
        return (self._set(node, "default", provider),)

    def _entry(self, provider: str) -> ast.Dict:
        node = _value(self.nodes["PROVIDER_CONFIGS"], provider)
        assert isinstance(node, ast.Dict)
        return node

    def _set(self, node: ast.Dict, field: str, value: object) -> Splice:
        there = _value(node, field)
        return self._inserted(node, {field: value}) if there is None else self.source.replaced(there, _text(value))

    def _inserted(self, node: ast.Dict, items: Literals) -> Splice:
        behind = self.source.span(node)[0] + 1
        text = ", ".join(f"{_text(name)}: {_text(value)}" for name, value in items.items())
        return Splice(behind, behind, f"{text}, " if node.keys else text)


def read_config(source: Source) -> Config:
    """Read the tables; raise ValueError if one that is needed is not a dict of literals."""
    nodes: dict[str, ast.Dict] = {}
    tables: dict[str, Literals] = {}
    for statement in source.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as node)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as node)
            ):
                nodes[name], tables[name] = node, ast.literal_eval(node)
    for name in ("SITES", "PROVIDER_CONFIGS"):
        if name not in tables or not all(isinstance(value, ast.Dict) for value in nodes[name].values):
            raise ValueError(f"{source.path} has no {name} that is a dict of dicts")
    return Config(source, nodes, tables)


def absolute_reference(reference: SlotReference) -> str:
    """Write a reference so that it means the same in another provider's entry."""
    package, _, last = reference.module.rpartition(".")
    if reference.attribute is None and package and last == reference.global_name:
        return f"{package}:{reference.expression}"
    if reference.own or reference.attribute is None or reference.path:
        return f".{reference.expression}"
    renamed = "" if reference.global_name == reference.attribute else f" as {reference.global_name}"
    return f"{reference.module}:{reference.attribute}{renamed}"


def _value(node: ast.Dict, key: str) -> ast.expr | None:
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for name, value in pairs if isinstance(name, ast.Constant) and name.value == key), None)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
