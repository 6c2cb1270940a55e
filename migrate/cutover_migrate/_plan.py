"""``plan``: the registry that results and every edit, before anything is touched.

A plan is worked out from the sources alone; its names (sites, slots, values) are proposals that people may edit in its
JSON form. ``apply`` works it out again from the same bytes and the edited names.

Example: ``make_plan(scan([Path("src")])).applied()``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cutover_migrate._scan import Scan, Site
from cutover_migrate.apply import FileChange
from cutover_migrate.errors import BadInput, NothingFound
from cutover_migrate.find import takers, used_names
from cutover_migrate.rewrite import (
    FileRewrite,
    Layout,
    SitePlan,
    Table,
    build_table,
    choose_layout,
    config_text,
    fresh,
    lifted_template,
    loader_text,
    registry_text,
    site_names,
)
from cutover_migrate.vendor import vendored_files


@dataclass(frozen=True)
class Options:
    """What the user may choose: folders of the generated files, names, and how much is allowed."""

    services: str | None = None
    config: str | None = None
    import_root: str | None = None
    unsafe: bool = False
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    site_names: Mapping[str, str] = field(default_factory=dict)
    vendor: bool = False


@dataclass
class Plan:
    """Sites, table and layout of one cutover, and the texts that follow from them."""

    scan: Scan
    options: Options
    sites: list[SitePlan]
    table: Table
    layout: Layout

    @cached_property
    def rewrites(self) -> dict[str, FileRewrite]:
        """The files that are edited."""
        return {
            path: FileRewrite(
                self.scan.tree.sources[path],
                self.sites,
                self.scan.imports_of(path),
                self.scan.blocks_of(path),
                self.table,
                self.layout,
                self.sites,
            )
            for path in dict.fromkeys(site.path for site in self.sites)
        }

    @cached_property
    def definitions(self) -> dict[str, bytes]:
        """The bytes of the files besides the edited ones in which the sites' keys are defined, by path."""
        planned = {site.id for site in self.sites}
        paths = {path for site in self.scan.chosen if site.id in planned for path in site.definitions}
        return {path: self.scan.constants.data_of(path) for path in sorted(paths - self.rewrites.keys())}

    @cached_property
    def generated(self) -> dict[str, str]:
        """The text of each generated file, by its path."""
        comments: dict[str, list[str]] = {}
        for rewrite in self.rewrites.values():
            for provider, texts in rewrite.carried_comments().items():
                known = comments.setdefault(provider, [])
                known += [text for text in texts if text not in known]
        table = config_text(self.table, self.sites, comments)
        texts = [table, registry_text(self.layout), loader_text(self.layout)]
        return dict(zip(self.layout.paths, texts, strict=True))

    @cached_property
    def vendored(self) -> dict[str, str]:
        """The text of each file of the vendored runtime, by its path; none where the runtime is a dependency."""
        folder = self.layout.runtime_folder
        return {} if folder is None else vendored_files(folder, module=self.layout.runtime_module)

    def applied(self) -> list[FileChange]:
        """Every change of ``apply``: edited files with both arms, and the generated ones."""
        changes = [self._change(path, rewrite.applied()) for path, rewrite in self.rewrites.items()]
        created = {**self.generated, **self.vendored}
        return [*changes, *(FileChange(path, None, text.encode()) for path, text in created.items())]

    def finished(self) -> list[FileChange]:
        """Every edited file with the legacy arm gone; ``before`` is the file before ``apply``."""
        return [self._change(path, rewrite.finished()) for path, rewrite in self.rewrites.items()]

    def _change(self, path: str, text: str) -> FileChange:
        source = self.scan.tree.sources[path]
        return FileChange(path, source.data, text.encode(source.encoding))


def make_plan(scan: Scan, options: Options | None = None) -> Plan:
    """Work out a plan from a scan."""
    chosen = options or Options()
    sites = [site for site in scan.chosen if chosen.unsafe or site.decided.level == "safe"]
    sites = [site for site in sites if site.id not in chosen.exclude]
    if not sites:
        raise NothingFound(_nothing(scan, chosen.exclude))
    plans = _named(sites, scan, chosen.site_names)
    paths = {site.path: scan.modules.name_of(site.path) for site in plans}
    imports = {path: scan.imports_of(path) for path in paths}
    table = build_table(plans, imports, paths, {path: scan.blocks_of(path) for path in paths}, names=chosen.names)
    _order(table)
    homes = [table.module_of(provider) for provider in table.providers]
    layout = choose_layout(
        scan.modules,
        homes,
        plans[0].path,
        services=chosen.services,
        config=chosen.config,
        vendor=chosen.vendor,
        edited=[site.path for site in plans],
    )
    return Plan(scan, chosen, plans, table, layout)


def _nothing(scan: Scan, excluded: tuple[str, ...]) -> str:
    if not scan.sites:
        return "no dispatch found: no chain compares one subject with constants there; name the folder with the chains"
    if excluded:
        return f"no dispatch can be rewritten: {', '.join(excluded)} cannot be certified or is excluded"
    unsafe = len(scan.chosen)
    if unsafe:
        return (
            f"no dispatch is safe to rewrite: {unsafe} chains are rewritten only with --unsafe; `cutover scan` says why"
        )
    refused = len(scan.sites)
    return f"no dispatch can be rewritten: {refused} chains found, all refused; `cutover scan` says why for each"


def _named(sites: list[Site], scan: Scan, renamed: Mapping[str, str]) -> list[SitePlan]:
    """Give every site a name and a symbol that its module does not use yet."""
    functions: dict[tuple[str, str], list[Site]] = {}
    for site in sites:
        functions.setdefault((site.path, site.chain.function), []).append(site)
    proposed = {
        site.id: name
        for (_, function), group in functions.items()
        for site, name in zip(group, site_names(function, [_slot_words(site) for site in group]), strict=True)
    }
    unknown = next((name for name in renamed if name not in proposed), None)
    if unknown is not None:
        raise BadInput(f"{unknown}: no site that is rewritten has this id; there are {', '.join(proposed)}")
    trees = {site.path: scan.tree.sources[site.path].tree for site in sites}
    near = {path: [tree, *(taker.tree for taker in takers(scan.modules, path))] for path, tree in trees.items()}
    symbols = {
        path: {name.lower() for each in found for name in used_names(each) if name == name.upper()}
        for path, found in near.items()
    }
    own = _unused(sites, symbols, proposed)
    names = _unused(sites, symbols, proposed | dict(renamed))
    plans = [
        SitePlan(site.id, site.path, name, name.upper(), site.decided, proposed=first)
        for site, name, first in zip(sites, names, own, strict=True)
    ]
    _name_handlers(plans, {path: used_names(tree) for path, tree in trees.items()})
    return plans


def _name_handlers(plans: list[SitePlan], used: Mapping[str, set[str]]) -> None:
    """Give the lifted sites their templates: one slot that holds the handlers, whose names are new in their module."""
    for plan in plans:
        lift = plan.decided.lift
        if lift is not None:
            template = lifted_template(lift, plan.name, used[plan.path])
            used[plan.path].update(str(value) for value in template.holes[0].values)
            plan.decided = replace(plan.decided, template=template)


def _unused(sites: list[Site], symbols: Mapping[str, set[str]], names: Mapping[str, str]) -> list[str]:
    """The sites' names, with numbers where one is taken or its symbol stands in the file already."""
    found: list[str] = []
    for site in sites:
        wanted = names[site.id]
        if not isinstance(wanted, str) or not wanted.isidentifier():
            raise BadInput(f"{wanted!r}: not a name for a site; use letters, digits and underscores")
        used = symbols[site.path] | {name.lower() for name in found}
        found.append(wanted if wanted.lower() not in used else fresh(wanted.lower(), used))
    return found


def _slot_words(site: Site) -> list[str]:
    """The callees of a site's first branch, keys taken out: what tells it from its function's other sites."""
    template = site.decided.template
    if template is None:
        return []
    keys = sorted(site.keys, key=len, reverse=True)
    words = []
    for hole in template.holes:
        if hole.kind == "slot":
            text = str(hole.values[0])
            for key in keys:
                text = text.replace(key.replace("-", "_").replace(".", "_"), "")
            words.append(text)
    return words


def _order(table: Table) -> None:
    """Providers and slots in the order in which the first file imports them."""

    def line(provider: str) -> int:
        lines = [
            column[provider].group.statements[0].lineno  # type: ignore[union-attr]
            for column in table.slots.values()
            if provider in column and column[provider].group is not None
        ]
        return min(lines, default=1 << 30)

    def place(slot: str) -> float:
        places = [
            origin.group.names.index(origin.name)
            for origin in table.slots[slot].values()
            if origin.group is not None and origin.name is not None
        ]
        return sum(places) / len(places) if places else 1 << 30

    table.providers.sort(key=line)
    table.slots = {slot: table.slots[slot] for slot in sorted(table.slots, key=place)}
