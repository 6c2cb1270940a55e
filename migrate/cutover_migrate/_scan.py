"""``scan``: what is there, what can be rewritten and what not, and why.

Every chain is a site with a decision. The provider set is the largest group of rewritable chains that share keys; a
chain over other keys is refused with that reason unless it is included by name.

Example: ``scan([Path("src")]).accounting``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cutover_migrate._disagreements import Disagreement, disagreements
from cutover_migrate.errors import BadInput
from cutover_migrate.find import Block, Chain, ModuleMap, Source, Tree, find_blocks, find_chains, read_tree
from cutover_migrate.rewrite import Decided, FileImports, TopNames, decide, header_comment, reason, text_keys

NEAR_MISS = 4
OUR_NAMES = ("use_registry", "bind_providers")


@dataclass(frozen=True)
class Site:
    """One chain of the project with what was decided about it."""

    id: str
    path: str
    decided: Decided

    @property
    def chain(self) -> Chain:
        """The chain itself."""
        return self.decided.chain

    @property
    def keys(self) -> list[str]:
        """The chain's keys as texts, in its order, each once."""
        return list(dict.fromkeys(key for branch in self.chain.branches for key in text_keys(branch)))


@dataclass
class Scan:
    """The result of a scan. ``near_misses`` are short chains that are not provider dispatch."""

    tree: Tree
    modules: ModuleMap
    sites: list[Site] = field(default_factory=list)
    near_misses: list[Site] = field(default_factory=list)
    imports: dict[str, FileImports] = field(default_factory=dict)
    blocks: dict[str, list[Block]] = field(default_factory=dict)

    @property
    def accounting(self) -> dict[str, int]:
        """How many sites were found, and how many got each decision."""
        counts = {"found": len(self.sites)}
        for decision in ("template", "lift", "partial", "refuse"):
            counts[decision] = sum(site.decided.decision == decision for site in self.sites)
        counts["unaccounted"] = counts["found"] - sum(count for name, count in counts.items() if name != "found")
        return counts

    @property
    def chosen(self) -> list[Site]:
        """The sites that a plan rewrites."""
        return [site for site in self.sites if site.decided.decision == "template"]

    def disagreements(self) -> list[Disagreement]:
        """Sites, tables and lists that ought to agree and do not."""
        return disagreements(self.chosen, self.blocks)


def scan(
    paths: Iterable[Path],
    *,
    root: Path | None = None,
    include: Iterable[str] = (),
    import_root: str | None = None,
    replaced: Mapping[str, Source] | None = None,
) -> Scan:
    """Scan files and folders.

    ``include`` names further sites (by id) to treat as provider dispatch; ``import_root`` is the folder from which the
    project's imports resolve, where that cannot be told from the imports; ``replaced`` gives sources to use in place of
    what is on disk.
    """
    tree = read_tree(paths, root=root)
    tree.sources.update(replaced or {})
    found = Scan(tree, ModuleMap(tree.root, tree.sources, import_root=import_root))
    candidates = [site for source in tree.sources.values() for site in _sites_of(found, source)]
    wanted = set(include)
    unknown = wanted - {site.id for site in candidates}
    if unknown:
        raise BadInput(f"{min(unknown)}: no site has this id; `cutover scan` lists them")
    keys = _provider_keys(candidates) | {key for site in candidates if site.id in wanted for key in site.keys}
    for site in candidates:
        settled = site if site.id in wanted else _settle(site, keys)
        settled = _outermost(settled, found.sites)
        near = len(site.chain.keyed) < NEAR_MISS and settled.decided.decision != "template"
        (found.near_misses if near and not keys & set(site.keys) else found.sites).append(settled)
    return found


def _sites_of(found: Scan, source: Source) -> list[Site]:
    chains = find_chains(source.tree, data=source.data)
    if not chains:
        return []
    names = TopNames(source)
    ordinals: dict[str, int] = {}
    sites = []
    for chain in chains:
        place = f"{found.modules.name_of(source.path)}.{chain.function or '<module>'}"
        ordinals[place] = ordinals.get(place, 0) + 1
        decided = _told_losses(source, decide(chain, names))
        site = Site(f"{place}.{ordinals[place]}", source.path, decided)
        taken = decided.decision == "template" and any(name in names for name in OUR_NAMES)
        sites.append(_refused(site, "name-taken") if taken else site)
    if any(site.decided.decision == "template" for site in sites):
        imports, blocks = find_blocks(source, found.modules)
        found.imports[source.path] = FileImports(source, imports)
        found.blocks[source.path] = blocks
    return sites


def _told_losses(source: Source, decided: Decided) -> Decided:
    """A site is not safe when a comment would go with its legacy arm and nothing is left to carry it."""
    if decided.decision != "template" or decided.kept or not decided.absorbs_default:
        return decided
    comment = header_comment(source, decided.chain)
    if comment is None:
        return decided
    return replace(decided, level="unsafe", reasons=(*decided.reasons, reason("comment-lost", comment.line)))


def _provider_keys(sites: list[Site]) -> set[str]:
    """The keys of the largest group of rewritable chains that share keys with one another."""
    groups: list[tuple[set[str], int]] = []
    for site in sites:
        if site.decided.decision != "template" or not _dispatches(site):
            continue
        keys, weight = set(site.keys), len(site.keys)
        apart = []
        for group, size in groups:
            if len(group & keys) * 2 >= min(len(group), len(keys)):
                keys, weight = keys | group, weight + size
            else:
                apart.append((group, size))
        groups = [*apart, (keys, weight)]
    return max(groups, key=lambda group: group[1])[0] if groups else set()


def _dispatches(site: Site) -> bool:
    """Whether the branches choose code (a callee, or a method by name) and not just constants."""
    template = site.decided.template
    return template is not None and any(hole.kind != "value" for hole in template.holes)


def _settle(site: Site, keys: set[str]) -> Site:
    if site.decided.decision != "template":
        return site
    if not _dispatches(site):
        return _refused(site, "constants-only")
    return site if len(keys & set(site.keys)) * 2 >= len(site.keys) else _refused(site, "other-dispatch")


def _outermost(site: Site, before: list[Site]) -> Site:
    """Of two chains of which one stands in the other, the outer one is rewritten."""
    first, last = site.chain.start_line, site.chain.end_line
    around = [
        other
        for other in before
        if other.path == site.path and other.chain.start_line < first and last <= other.chain.end_line
    ]
    inside = any(other.decided.decision == "template" for other in around)
    return _refused(site, "inside-site") if inside and site.decided.decision == "template" else site


def _refused(site: Site, code: str) -> Site:
    why = reason(code, site.chain.start_line)
    return replace(
        site, decided=replace(site.decided, decision="refuse", level="display", reasons=(why,), template=None, kept=())
    )
