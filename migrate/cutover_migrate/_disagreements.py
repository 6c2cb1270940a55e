"""What ought to agree and does not: provider sets of neighbouring sites, tables and lists beside them.

These are findings for the gateway's owners, made before anything is merged. Nothing is decided by them.

Example: ``disagreements(sites, blocks)``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cutover_migrate.find import Block


class SiteLike(Protocol):
    """What is asked of a site."""

    @property
    def id(self) -> str:
        """The site's id."""

    @property
    def path(self) -> str:
        """The site's file."""

    @property
    def keys(self) -> list[str]:
        """The site's keys."""


@dataclass(frozen=True)
class Disagreement:
    """One finding: its kind, where it is, the names in question, and a sentence."""

    kind: str
    file: str
    line: int
    names: tuple[str, ...]
    message: str


def disagreements(sites: Iterable[SiteLike], blocks: Mapping[str, list[Block]]) -> list[Disagreement]:
    """All findings, in the order of the files."""
    chosen = list(sites)
    served = {key for site in chosen for key in site.keys}
    found = _uneven_sites(chosen, served)
    for path in sorted({site.path for site in chosen}):
        found += _tables(path, blocks.get(path, []), served)
        found += _aliases(path, blocks.get(path, []), served)
    return found


def _uneven_sites(sites: list[SiteLike], served: set[str]) -> list[Disagreement]:
    found = []
    for site in sites:
        missing = tuple(sorted(served - set(site.keys)))
        if missing:
            text = f"{site.id} does not serve {_listed(missing)}, which other sites do: there they take its default arm"
            found.append(Disagreement("providers-differ", site.path, 0, missing, text))
    return found


def _tables(path: str, blocks: list[Block], served: set[str]) -> list[Disagreement]:
    found: list[Disagreement] = []
    first: Block | None = None
    for block in blocks:
        known = [name for name in block.names if name in served]
        if block.kind == "timeouts" and known:
            orphans = tuple(name for name in block.names if name not in served)
            if orphans:
                text = f"{block.target} has a timeout for {_listed(orphans)}, which no chain serves"
                found.append(Disagreement("timeout-without-chain", path, block.node.lineno, orphans, text))
        if block.kind == "list" and 2 * len(known) > len(block.names):
            if first is not None and block.names != first.names:
                text = f"this list of providers differs from the one on line {first.node.lineno}"
                differing = tuple(sorted(set(block.names) ^ set(first.names)))
                found.append(Disagreement("lists-differ", path, block.node.lineno, differing, text))
            first = first or block
    return found


def _aliases(path: str, blocks: list[Block], served: set[str]) -> list[Disagreement]:
    fixes: dict[str, set[tuple[str, ...]]] = {}
    for block in blocks:
        if block.kind == "alias" and block.names[1] in served and block.names[0] not in served:
            fixes.setdefault(block.function, set()).add(block.names)
    everything = set().union(*fixes.values()) if fixes else set()
    found = []
    for function, names in sorted(fixes.items()):
        missing = tuple(sorted(alias for alias, _ in everything - names))
        if missing:
            text = f"{function} does not know the alias {_listed(missing)}, which another function does"
            found.append(Disagreement("aliases-differ", path, 0, missing, text))
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
