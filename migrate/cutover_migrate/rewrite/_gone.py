"""Which import statements can go at ``finish``, because ``bind_providers`` binds the same names in the same way.

Example: ``removable(imports, bindings, anchor=120, load=None)``
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cutover_migrate.find import ProviderImports
from cutover_migrate.rewrite._early import EarlyReads, early_reads
from cutover_migrate.rewrite._generate import bound_slots, related
from cutover_migrate.rewrite._imports import FileImports, reference
from cutover_migrate.rewrite._naming import identifier
from cutover_migrate.rewrite._table import SitePlan, Table


@dataclass(frozen=True)
class Loading:
    """How ``bind_providers`` loads at ``finish``: through the file's own helper, or by plain imports."""

    helper: str = ""
    by: str = ""


@dataclass(frozen=True)
class Removal:
    """An import group that goes; ``names`` are those that ``bind_providers`` binds, the rest stays imported."""

    group: ProviderImports
    names: frozenset[str]


@dataclass(frozen=True)
class Stays:
    """An import group that stays, and why."""

    group: ProviderImports
    reason: str


def provider_groups(imports: FileImports, table: Table, sites: list[SitePlan], path: str) -> list[ProviderImports]:
    """The import groups of a file of which at least one name is a slot, in the order of the file."""
    wanted = set(_bound(table, sites, path))
    groups = [group for group in imports.groups if any(name.local in wanted for name in group.names)]
    return sorted(groups, key=lambda group: group.statements[0].lineno)


def choose_loading(groups: list[ProviderImports], owners: Mapping[int, list[str]]) -> Loading:
    """The commonest import form of a file's provider groups decides how the names are loaded."""
    helpers = [group for group in groups if group.form == "helper"]
    if 2 * len(helpers) <= len(groups):
        return Loading()
    helper = max({group.helper for group in helpers}, key=[group.helper for group in helpers].count)
    mine = [group for group in helpers if group.helper == helper]
    best = max(("name", "identifier", "module_name"), key=lambda by: sum(_argument_fits(g, owners, by) for g in mine))
    return Loading(helper, best)


def owners_of(groups: list[ProviderImports], table: Table) -> dict[int, list[str]]:
    """The providers that each group's names belong to, by the group's ``id``."""
    found: dict[int, list[str]] = {}
    for group in groups:
        providers = [
            provider
            for provider in table.providers
            if any(column[provider].group is group for column in table.slots.values() if provider in column)
        ]
        found[id(group)] = providers
    return found


def split_groups(
    imports: FileImports, table: Table, sites: list[SitePlan], path: str, *, anchor: int
) -> tuple[Loading, list[Removal], list[Stays]]:
    """Say for each provider import group of a file whether it goes."""
    groups = provider_groups(imports, table, sites, path)
    owners = owners_of(groups, table)
    loading = choose_loading(groups, owners)
    bound = _bound(table, sites, path)
    early = early_reads(imports.source.tree, anchor)
    removals: list[Removal] = []
    stays: list[Stays] = []
    for group in groups:
        names = frozenset(name.local for name in group.names if name.local in bound)
        why = _obstacle(group, names, bound, owners[id(group)], loading, early, imports)
        why = why or _foreign(group, owners[id(group)], loading, table)
        if why:
            stays.append(Stays(group, why))
        else:
            removals.append(Removal(group, names))
    return loading, removals, stays


def _bound(table: Table, sites: list[SitePlan], path: str) -> dict[str, list[str]]:
    """The global names that ``bind_providers`` binds in a file, each with the providers that have it."""
    slots = bound_slots(sites, path)
    providers = {provider for site in sites if site.path == path for provider in related(site)}
    found: dict[str, list[str]] = {}
    for provider in table.providers:
        if provider not in providers:
            continue
        for slot in slots:
            origin = table.slots[slot].get(provider)
            if origin is not None and not reference(origin, table.module_of(provider)).startswith("."):
                found.setdefault(origin.path.split(".")[0], []).append(provider)
    return found


def _obstacle(
    group: ProviderImports,
    names: frozenset[str],
    bound: Mapping[str, list[str]],
    owners: list[str],
    loading: Loading,
    early: EarlyReads,
    imports: FileImports,
) -> str:
    if group.obstacle:
        return group.obstacle
    if names & early.names:
        return "a name is read at module level before the registry binds it"
    if group.statements[0].lineno < early.namespace:
        return "module-level code looks at the module's names before the registry binds them"
    if (group.form == "helper") != bool(loading.helper):
        return "another import form than the file's other providers"
    if _shares_lines(group, imports.source.tree):
        return "a statement that shares its line with another"
    if group.form == "module" and len(names) != len(group.names):
        return "an import statement that brings in other modules too"
    if group.form != "helper":
        return ""
    return _helper_obstacle(group, owners, loading, imports, bound)


def _foreign(group: ProviderImports, owners: list[str], loading: Loading, table: Table) -> str:
    """By name, a helper is asked for an entry's own module only."""
    elsewhere = any(table.module_of(provider) != group.module for provider in owners)
    if group.form == "helper" and loading.by != "module_name" and elsewhere:
        return "its provider's entry is for another module"
    return ""


def _helper_obstacle(
    group: ProviderImports, owners: list[str], loading: Loading, imports: FileImports, bound: Mapping[str, list[str]]
) -> str:
    if group.helper != loading.helper or len(owners) != 1:
        return "another helper, or a helper call that serves several providers"
    if not _argument_fits(group, {id(group): owners}, loading.by):
        return "the helper's argument does not follow the file's rule"
    wanted = [name.attribute for name in group.names]
    if any(name.local not in bound for name in group.names) or _asked(group) != wanted:
        return "the helper is asked for names that no site reads"
    uses = re.findall(rb"\b%s\b" % re.escape(group.temporary.encode()), imports.source.data)
    if len(uses) != len(group.statements):
        return "the helper's result is used elsewhere"
    return ""


def _shares_lines(group: ProviderImports, module: ast.Module) -> bool:
    lines = {line for statement in group.statements for line in (statement.lineno, statement.end_lineno)}
    others = [statement for statement in module.body if statement not in group.statements]
    return any({statement.lineno, statement.end_lineno} & lines for statement in others)


def _asked(group: ProviderImports) -> list[str]:
    call = group.statements[0].value  # type: ignore[attr-defined]
    return [item.value for item in call.args[1].elts]


def _argument_fits(group: ProviderImports, owners: Mapping[int, list[str]], by: str) -> bool:
    providers = owners[id(group)]
    if len(providers) != 1:
        return False
    expected = {"name": providers[0], "identifier": identifier(providers[0]), "module_name": group.module}[by]
    return group.argument == expected
