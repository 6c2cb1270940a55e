"""``scan``: what is there, what can be rewritten and what not, and why.

Every chain is a site with a decision. The provider set is the largest group of rewritable chains that share keys; a
chain over other keys is refused with that reason unless it is included by name.

Example: ``scan([Path("src")]).accounting``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cutover_migrate._disagreements import Disagreement, disagreements
from cutover_migrate.errors import BadInput
from cutover_migrate.find import Block, Chain, Constants, KeyedTable, ModuleMap, Source, Tree, find_blocks, read_tree
from cutover_migrate.rewrite import Decided, FileImports
from cutover_migrate.survey import Facts, Progress, TreeSurvey, refused, refused_facts, survey_tree

NEAR_MISS = 4


@dataclass(frozen=True)
class Site:
    """One chain of the project with what was decided about it.

    ``facts`` say all that a report needs; the decision itself is worked out again where its file is no longer parsed.
    """

    facts: Facts
    survey: TreeSurvey = field(repr=False, compare=False)
    refusal: str = ""

    @property
    def id(self) -> str:
        """The site's id: module, function and number."""
        return self.facts.id

    @property
    def path(self) -> str:
        """The site's file, from the project root."""
        return self.facts.path

    @property
    def definitions(self) -> frozenset[str]:
        """The other files that its keys were read in."""
        return frozenset(self.facts.definitions)

    @property
    def keys(self) -> list[str]:
        """The chain's keys as texts, in its order, each once."""
        return list(self.facts.keys)

    @cached_property
    def decided(self) -> Decided:
        """What was decided about the chain."""
        decided = self.survey.decided(self.facts)
        return refused(decided, self.refusal) if self.refusal else decided

    @property
    def chain(self) -> Chain:
        """The chain itself."""
        return self.decided.chain


@dataclass
class Scan:
    """The result of a scan.

    ``near_misses`` are short chains that are not provider dispatch, ``tables`` (with their files) the dictionaries that
    have the providers' keys already.
    """

    tree: Tree
    modules: ModuleMap
    constants: Constants
    sites: list[Site] = field(default_factory=list)
    near_misses: list[Site] = field(default_factory=list)
    tables: list[tuple[str, KeyedTable]] = field(default_factory=list)
    _around: dict[str, tuple[FileImports, list[Block]]] = field(default_factory=dict, repr=False)

    def imports_of(self, path: str) -> FileImports:
        """The imports of a file."""
        return self._read(path)[0]

    def blocks_of(self, path: str) -> list[Block]:
        """The tables, lists and alias fixes of a file."""
        return self._read(path)[1]

    @property
    def accounting(self) -> dict[str, int]:
        """How many sites were found, and how many got each decision."""
        counts = {"found": len(self.sites)}
        for decision in ("template", "lift", "partial", "refuse"):
            counts[decision] = sum(site.facts.decision == decision for site in self.sites)
        counts["unaccounted"] = counts["found"] - sum(count for name, count in counts.items() if name != "found")
        return counts

    @property
    def chosen(self) -> list[Site]:
        """The sites that a plan rewrites."""
        return [site for site in self.sites if site.facts.is_rewritten]

    def disagreements(self) -> list[Disagreement]:
        """Sites, tables and lists that ought to agree and do not."""
        return disagreements(self.chosen, {site.path: self.blocks_of(site.path) for site in self.chosen})

    def _read(self, path: str) -> tuple[FileImports, list[Block]]:
        if path not in self._around:
            source = self.tree.sources[path]
            imports, blocks = find_blocks(source, self.modules)
            self._around[path] = FileImports(source, imports), blocks
        return self._around[path]


def scan(
    paths: Iterable[Path],
    *,
    root: Path | None = None,
    include: Iterable[str] = (),
    import_root: str | None = None,
    replaced: Mapping[str, Source] | None = None,
    jobs: int | None = None,
    cache: bool = True,
    progress: Progress | None = None,
) -> Scan:
    """Scan files and folders.

    ``include`` names further sites (by id) to treat as provider dispatch; ``import_root`` is the folder from which the
    project's imports resolve, where that cannot be told from the imports; ``replaced`` gives sources to use in place of
    what is on disk. A large tree is scanned by ``jobs`` processes, with what the user's ``cache`` knows already;
    ``progress`` is told how many files of how many are done.
    """
    tree = read_tree(paths, root=root, parse=False)
    tree.sources = dict(sorted((tree.sources | dict(replaced or {})).items()))
    survey = survey_tree(tree, import_root=import_root, jobs=jobs, cache=cache, progress=progress)
    found = Scan(tree, survey.modules, survey.constants)
    candidates = [Site(facts, survey) for facts in survey.sites]
    wanted = set(include)
    unknown = wanted - {site.id for site in candidates}
    if unknown:
        raise BadInput(f"{min(unknown)}: no site has this id; `cutover scan` lists them")
    keys = _provider_keys(candidates) | {key for site in candidates if site.id in wanted for key in site.keys}
    settled = _one_of_nested([site if site.id in wanted else _settle(site, keys) for site in candidates])
    for site in settled:
        short = site.facts.keyed < NEAR_MISS and site.facts.form != "template"
        near = short and site.id not in wanted and not keys & set(site.keys)
        (found.near_misses if near else found.sites).append(site)
    found.tables += [(path, table) for path, tables in survey.tables.items() for table in tables if _same(table, keys)]
    return found


def _same(table: KeyedTable, keys: set[str]) -> bool:
    """Whether a dictionary has the providers' keys: two or more, and half of its own."""
    shared = len(keys & set(table.keys))
    return shared > 1 and 2 * shared >= len(table.keys)


def _provider_keys(sites: list[Site]) -> set[str]:
    """The keys of the weightiest group of rewritable chains that share keys with one another.

    Many keys weigh more than many sites, and a template as much as two lifted chains.
    """
    rewritable = [site for site in sites if site.facts.is_rewritten and site.facts.dispatches]
    groups: list[tuple[set[str], int]] = []
    for site in rewritable:
        if site.facts.decoy:
            continue
        keys, count = set(site.keys), 2 if site.facts.form == "template" else 1
        apart = []
        for group, size in groups:
            if len(group & keys) * 2 >= min(len(group), len(keys)):
                keys, count = keys | group, count + size
            else:
                apart.append((group, size))
        groups = [*apart, (keys, count)]
    return max(groups, key=lambda group: len(group[0]) ** 2 * group[1])[0] if groups else set()


def _settle(site: Site, keys: set[str]) -> Site:
    if site.facts.decoy:
        return _refused(site, site.facts.decoy)
    if not site.facts.is_rewritten:
        return site
    if not site.facts.dispatches:
        return _refused(site, "constants-only")
    return site if len(keys & set(site.keys)) * 2 >= len(site.keys) else _refused(site, "other-dispatch")


def _one_of_nested(sites: list[Site]) -> list[Site]:
    """Of two chains of which one stands in the other one is rewritten: the outer, unless only lifting would do it."""
    chosen = [site for site in sites if site.facts.is_rewritten]
    holding = {
        site.id for site in chosen if site.facts.form == "lift" and any(_stands_in(inner, site) for inner in chosen)
    }
    outer = [site for site in chosen if site.id not in holding]
    settled = []
    for site in sites:
        if site.id in holding:
            settled.append(_refused(site, "holds-site"))
        elif site.facts.is_rewritten and any(_stands_in(site, around) for around in outer):
            settled.append(_refused(site, "inside-site"))
        else:
            settled.append(site)
    return settled


def _stands_in(site: Site, around: Site) -> bool:
    """Whether one chain stands inside the part of another that an edit covers (of equal parts, the later begun one)."""
    inner, outer = site.facts, around.facts
    if site.path != around.path or site.id == around.id:
        return False
    if inner.covers == outer.covers:
        return inner.start_line > outer.start_line
    return outer.covers[0] <= inner.start_line and inner.end_line <= outer.covers[1]


def _refused(site: Site, code: str) -> Site:
    return replace(site, facts=refused_facts(site.facts, code), refusal=code)
