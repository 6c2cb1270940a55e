"""The provider table that results from a set of sites: slots, constants, membership, defaults.

The table is built column by column. A column is a slot (a callee that differs between providers) or a value (a constant
that does); two sites share a column when they agree on every provider that both have.

Example: ``build_table(sites, files)``
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cutover_migrate.errors import BadInput
from cutover_migrate.find import Block, used_names
from cutover_migrate.rewrite._decide import Decided, text_keys
from cutover_migrate.rewrite._imports import FileImports, Origin, lazy_origin
from cutover_migrate.rewrite._naming import (
    find_pattern,
    fresh,
    identifier,
    is_attribute,
    provider_in,
    slot_name,
    value_name,
)
from cutover_migrate.rewrite._template import Constant, Hole, Template

SLOT_KINDS = ("slot", "lazy")
OWN_COLUMNS = ("name", "timeout")


@dataclass
class SitePlan:
    """One site that is rewritten: its names, and for each hole the column that fills it.

    ``proposed`` is its name before anybody edited it: columns of its own are named after that.
    """

    id: str
    path: str
    name: str
    symbol: str
    decided: Decided
    columns: list[str] = field(default_factory=list)
    default: str | None = None
    absorbs: bool = False
    kept: list[str] = field(default_factory=list)
    kept_slots: list[str] = field(default_factory=list)
    proposed: str = ""

    @property
    def template(self) -> Template:
        """The template; a site that is rewritten has one."""
        assert self.decided.template is not None
        return self.decided.template

    @property
    def keys(self) -> list[str]:
        """The keys of the site's table, in the order of the chain."""
        return [key for branch in self.template.members for key in text_keys(branch)]

    @property
    def slots(self) -> list[str]:
        """The slots that the template reads, in source order."""
        pairs = zip(self.template.holes, self.columns, strict=True)
        return list(dict.fromkeys(column for hole, column in pairs if hole.kind in SLOT_KINDS))

    @property
    def is_lazy(self) -> bool:
        """Whether the slots are imported at each read, as the branches did themselves."""
        return any(hole.kind == "lazy" for hole in self.template.holes)

    @property
    def value_columns(self) -> list[str]:
        """The constants that the template reads from the table."""
        pairs = zip(self.template.holes, self.columns, strict=True)
        named = [column for hole, column in pairs if hole.kind not in SLOT_KINDS and column not in OWN_COLUMNS]
        return list(dict.fromkeys(named))


@dataclass
class Table:
    """The providers: columns by name, each mapping a provider to what it has there."""

    slots: dict[str, dict[str, Origin]] = field(default_factory=dict)
    values: dict[str, dict[str, Constant]] = field(default_factory=dict)
    timeouts: dict[str, Constant] = field(default_factory=dict)
    default_timeout: int | float | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    auto_detect: list[str] = field(default_factory=list)
    providers: list[str] = field(default_factory=list)
    home: dict[str, str] = field(default_factory=dict)

    def patterns(self) -> dict[str, str]:
        """The naming pattern of each slot that has one."""
        found = {}
        for slot, column in self.slots.items():
            pattern = find_pattern({provider: origin.path for provider, origin in column.items()})
            if pattern is not None:
                found[slot] = pattern
        return found

    def module_of(self, provider: str) -> str:
        """The module that a provider's functions come from."""
        for column in self.slots.values():
            origin = column.get(provider)
            if origin is not None and origin.group is not None:
                return origin.module
        return self.home[provider]


def build_table(
    sites: list[SitePlan],
    files: Mapping[str, FileImports],
    modules: Mapping[str, str],
    blocks: Mapping[str, list[Block]],
    *,
    names: Mapping[str, str],
) -> Table:
    """Fill a table from the sites, in their order; ``names`` renames proposed columns.

    Raises:
        BadInput: A new name is none for a column, is given twice, or is for a column that is not there.
    """
    table = Table()
    _read_timeouts(table, sites, blocks)
    for site in sites:
        _add_site(table, site, files[site.path], modules[site.path])
    for site in sites:
        _add_default(table, site, files[site.path], modules[site.path])
        kept = (key for each in site.decided.kept for key in each.keys)
        site.kept = list(dict.fromkeys(key for key in kept if key and key not in site.keys))
    _add_kept(table, sites, files, modules)
    _read_lists(table, sites, blocks)
    _rename(table, sites, names)
    return table


def keys_of(sites: Iterable[SitePlan]) -> set[str]:
    """Every key of the sites' chains, kept ones included."""
    return {key for site in sites for branch in site.decided.chain.branches for key in text_keys(branch)}


def _read_timeouts(table: Table, sites: list[SitePlan], blocks: Mapping[str, list[Block]]) -> None:
    keys = keys_of(sites)
    for path in dict.fromkeys(site.path for site in sites):
        for block in blocks[path]:
            if block.kind == "timeouts" and not table.timeouts and set(block.names) & keys:
                table.timeouts = dict(zip(block.names, block.values, strict=True))
                table.default_timeout = block.default


def _read_lists(table: Table, sites: list[SitePlan], blocks: Mapping[str, list[Block]]) -> None:
    known = set(table.providers)
    for path in dict.fromkeys(site.path for site in sites):
        for block in blocks[path]:
            members = [name for name in block.names if name in known]
            if block.kind == "list" and not table.auto_detect and 2 * len(members) > len(block.names):
                table.auto_detect = list(block.names)
            if block.kind == "alias" and block.names[1] in known and block.names[0] not in known:
                table.aliases.setdefault(block.names[0], block.names[1])


def _rename(table: Table, sites: list[SitePlan], names: Mapping[str, str]) -> None:
    columns = [*table.slots, *table.values]
    for name, wanted in names.items():
        if name not in columns:
            raise BadInput(f"{name}: no column goes by this name; there are {', '.join(columns)}")
        if not is_attribute(wanted):
            raise BadInput(f"{wanted!r}: not a name for a column ({name}); use a word without a meaning of its own")
    wanted_names = [names.get(name, name) for name in columns]
    twice = next((name for name in wanted_names if wanted_names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"{twice}: two columns would have this name; give each its own")
    table.slots = {names.get(name, name): column for name, column in table.slots.items()}
    table.values = {names.get(name, name): column for name, column in table.values.items()}
    for site in sites:
        site.columns = [names.get(name, name) for name in site.columns]
        site.kept_slots = [names.get(name, name) for name in site.kept_slots]


def _add_site(table: Table, site: SitePlan, imports: FileImports, module: str) -> None:
    template = site.template
    for key in site.keys:
        if key not in table.home:
            table.providers.append(key)
            table.home[key] = _home(site, key, module)
    for hole in template.holes:
        filled = _by_key(site, hole)
        if hole.kind in SLOT_KINDS:
            origins = {key: _origin(hole, value, imports) for key, value in filled.items()}
            site.columns.append(_slot_column(table, site, origins))
        else:
            site.columns.append(_value_column(table, site, hole, filled))


def _home(site: SitePlan, key: str, module: str) -> str:
    """The module of a provider that nothing else says: the first that its branch imports from, else the site's own."""
    lazy = [_by_key(site, hole)[key] for hole in site.template.holes if hole.kind == "lazy"]
    return lazy_origin(str(lazy[0])).module if lazy else module


def _origin(hole: Hole, value: Constant, imports: FileImports) -> Origin:
    return lazy_origin(str(value)) if hole.kind == "lazy" else imports.origin(str(value))


def _by_key(site: SitePlan, hole: Hole) -> dict[str, Constant]:
    template = site.template
    return {
        key: value for branch, value in zip(template.members, hole.values, strict=True) for key in text_keys(branch)
    }


def _slot_column(table: Table, site: SitePlan, origins: dict[str, Origin]) -> str:
    paths = {key: origin.path.rpartition(":")[2] for key, origin in origins.items()}
    proposed = slot_name(find_pattern(paths), paths.values())
    for name in (proposed, *(slot for slot in table.slots if slot.startswith(f"{proposed}_"))):
        column = table.slots.get(name)
        if column is not None and _agree(column, origins) and not _swapped(table, name, origins):
            column.update(origins)
            return name
    taken = {*table.slots, *table.values}
    name = proposed if proposed not in taken else fresh(f"{proposed}_{site.proposed}", taken)
    table.slots[name] = dict(origins)
    return name


def _swapped(table: Table, name: str, origins: dict[str, Origin]) -> bool:
    """Columns without a common provider are joined only when they follow one naming pattern."""
    column = table.slots[name]
    if column.keys() & origins.keys():
        return False
    patterns = [find_pattern({key: origin.path for key, origin in part.items()}) for part in (column, origins)]
    return patterns[0] is None or patterns[0] != patterns[1]


def _agree(column: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(
        type(column[key]) is type(value) and column[key] == value for key, value in other.items() if key in column
    )


def _value_column(table: Table, site: SitePlan, hole: Hole, filled: dict[str, Constant]) -> str:
    if hole.kind == "value" and all(key == value for key, value in filled.items()):
        return "name"
    if hole.kind == "value" and hole.context == "timeout" and _takes_timeouts(table, filled):
        return "timeout"
    proposed = value_name(hole.context, hole.kind, hole.values)
    for name in (proposed, f"{proposed}_{site.proposed}"):
        column = table.values.get(name)
        if column is None and name not in table.slots:
            table.values[name] = dict(filled)
            return name
        if column is not None and _agree(column, filled):
            column.update(filled)
            return name
    name = fresh(f"{proposed}_{site.proposed}", {*table.values, *table.slots})
    table.values[name] = dict(filled)
    return name


def _takes_timeouts(table: Table, filled: dict[str, Constant]) -> bool:
    """Inline timeouts become the entries' own, unless the gateway has a timeout table or another site disagrees."""
    if table.default_timeout is not None:
        return False
    numbers = {
        key: value
        for key, value in filled.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    }
    if len(numbers) != len(filled) or not _agree(table.timeouts, numbers):
        return False
    table.timeouts.update(numbers)
    return True


def _add_default(table: Table, site: SitePlan, imports: FileImports, module: str) -> None:
    """Give the default arm's provider its place: as the table's default where the arm is the same program."""
    default = site.decided.chain.default
    if default is None:
        return
    if site.decided.default is not None:
        provider = _provider_of(
            table, [str(hole.values[-1]) for hole in site.decided.default.holes if hole.kind in SLOT_KINDS]
        )
        if provider is not None and _join_default(table, site, imports, provider, module):
            site.default, site.absorbs = provider, True
            return
    names = {name for statement in default for name in used_names(statement)}
    placed = {origin.path for column in table.slots.values() for origin in column.values()}
    site.default = _provider_of(table, [*sorted(names & placed), *sorted(names - placed)])
    if site.default is not None and site.default not in table.home:
        table.providers.append(site.default)
        table.home[site.default] = module


def _provider_of(table: Table, paths: Iterable[str]) -> str | None:
    """The provider whose functions these are, told by the slots' naming patterns."""
    known = {identifier(provider): provider for provider in table.providers}
    patterns = table.patterns().values()
    for path in paths:
        for column in table.slots.values():
            for provider, origin in column.items():
                if origin.path == path:
                    return provider
        for pattern in patterns:
            found = provider_in(path, pattern)
            if found is not None and found.isidentifier():
                return known.get(found) or _named_in(path, known) or found
    return None


def _named_in(path: str, known: Mapping[str, str]) -> str | None:
    """The known provider whose identifier stands in a callee, the longest first."""
    found = [ident for ident in known if find_pattern({ident: path}) is not None]
    return known[max(found, key=len)] if found else None


def _join_default(table: Table, site: SitePlan, imports: FileImports, provider: str, module: str) -> bool:
    """Add the default arm's slots and values to its provider's entry, if none of them is another there."""
    assert site.decided.default is not None
    slots: list[tuple[dict[str, Origin], Origin]] = []
    values: list[tuple[dict[str, Constant], Constant]] = []
    for hole, column in zip(site.decided.default.holes, site.columns, strict=True):
        value = hole.values[-1]
        if column == "name":
            if value != provider:
                return False
        elif hole.kind in SLOT_KINDS:
            slots.append((table.slots[column], _origin(hole, value, imports)))
        else:
            values.append((_value_target(table, column), value))
    fits = all(_agree(target, {provider: origin}) for target, origin in slots)
    if not fits or not all(_agree(target, {provider: value}) for target, value in values):
        return False
    for column_of_slots, origin in slots:
        column_of_slots[provider] = origin
    for column_of_values, value in values:
        column_of_values[provider] = value
    if provider not in table.home:
        table.providers.append(provider)
        table.home[provider] = module
    return True


def _value_target(table: Table, column: str) -> dict[str, Constant]:
    return table.timeouts if column == "timeout" else table.values[column]


def _add_kept(
    table: Table, sites: list[SitePlan], files: Mapping[str, FileImports], modules: Mapping[str, str]
) -> None:
    """Add what only kept code reads of a provider's imports: its other functions become slots too."""
    for site in sites:
        for provider in [*site.kept, *([site.default] if site.default else [])]:
            if provider not in table.home:
                table.providers.append(provider)
                table.home[provider] = modules[site.path]
        arms = [*(kept.branch.body for kept in site.decided.kept), site.decided.chain.default or []]
        names = {name for body in arms for statement in body for name in _loaded(statement)}
        _add_kept_names(table, site, files[site.path], names)


def _loaded(statement: ast.stmt) -> list[str]:
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]


def _add_kept_names(table: Table, site: SitePlan, imports: FileImports, names: set[str]) -> None:
    if site.is_lazy:
        return
    known = {identifier(provider): provider for provider in table.providers}
    for name in sorted(names):
        origin = imports.origin(name)
        if origin.group is None or _is_placed(table, origin):
            continue
        for ident in sorted(known, key=len, reverse=True):
            pattern = find_pattern({ident: name})
            if pattern is None or known[ident] not in {*site.kept, site.default, *site.keys}:
                continue
            provider = known[ident]
            slot = _kept_slot(table, pattern, provider, origin)
            if slot not in site.slots and slot not in site.kept_slots:
                site.kept_slots.append(slot)
            break


def _is_placed(table: Table, origin: Origin) -> bool:
    return any(origin in column.values() for column in table.slots.values())


def _kept_slot(table: Table, pattern: str, provider: str, origin: Origin) -> str:
    for slot, known in table.patterns().items():
        if known == pattern and table.slots[slot].get(provider, origin) == origin:
            table.slots[slot][provider] = origin
            return slot
    name = fresh(slot_name(pattern, [origin.path]), {*table.slots, *table.values})
    table.slots[name] = {provider: origin}
    return name
