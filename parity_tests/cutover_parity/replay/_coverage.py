"""Coverage: which site met which key with which outcome, learnt from what the arms did, not from what was intended.

Each cell of the matrix says who reached it: a recorded request, a generated one, both, or nothing. Failover edges (one
site asked for one key and then, in the same route, for another) are told beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cutover_parity._messages import Json
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import OUTCOMES, Case

UNKNOWN = "(unknown)"
_ANSWERS = ("answer", "slow")


@dataclass(frozen=True, slots=True)
class Cell:
    """One site, one key (`UNKNOWN` stands for any other), one outcome; `known`: the site's own chain has the key."""

    site: str
    key: str
    outcome: str
    known: bool


@dataclass(frozen=True, order=True, slots=True)
class Edge:
    """A failover: at this site one key failed and another was tried next."""

    site: str
    failed: str
    tried: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """The cells of the matrix and what reached them; `traced` is False where sites were inferred from calls."""

    cells: tuple[Cell, ...]
    recorded: frozenset[Cell]
    generated: frozenset[Cell]
    traced: bool
    recorded_edges: frozenset[Edge] = frozenset()
    generated_edges: frozenset[Edge] = frozenset()

    def joined(self, other: "Coverage") -> "Coverage":
        """Give what this or the other reached, at another depth or in another lane say."""
        return Coverage(
            cells=tuple(dict.fromkeys((*self.cells, *other.cells))),
            recorded=self.recorded | other.recorded,
            generated=self.generated | other.generated,
            traced=self.traced or other.traced,
            recorded_edges=self.recorded_edges | other.recorded_edges,
            generated_edges=self.generated_edges | other.generated_edges,
        )

    @property
    def reached(self) -> frozenset[Cell]:
        """Cells that anything reached."""
        return self.recorded | self.generated

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The failover edges that anything reached, sorted."""
        return tuple(sorted(self.recorded_edges | self.generated_edges))

    @property
    def unreached(self) -> tuple[Cell, ...]:
        """Cells that nothing reached, in the order of the matrix."""
        reached = self.reached
        return tuple(cell for cell in self.cells if cell not in reached)

    @property
    def unrecorded(self) -> tuple[tuple[str, str], ...]:
        """Branches (site and own key) that no recorded request reached, with whatever outcome."""
        met = {(cell.site, cell.key) for cell in self.recorded}
        branches = dict.fromkeys((cell.site, cell.key) for cell in self.cells if cell.known)
        return tuple(branch for branch in branches if branch not in met)

    @property
    def share(self) -> float:
        """Reached cells by all cells."""
        return len(self.reached) / len(self.cells) if self.cells else 1.0

    def origin(self, item: Cell | Edge) -> str:
        """Say who reached a cell or an edge: "recorded", "generated", "both" or "nothing"."""
        if isinstance(item, Edge):
            recorded, generated = item in self.recorded_edges, item in self.generated_edges
        else:
            recorded, generated = item in self.recorded, item in self.generated
        if recorded and generated:
            return "both"
        return "recorded" if recorded else "generated" if generated else "nothing"


class CoverageCounter:
    """Gathers coverage while cases are replayed; `idle` until a case does something that concerns providers."""

    def __init__(self, plan: ReplayPlan) -> None:
        self._cells = {
            (site.name, key, outcome): Cell(site.name, key, outcome, key in site.keys)
            for site in plan.sites
            for key in (*plan.keys, UNKNOWN)
            for outcome in OUTCOMES
        }
        self._keys = set(plan.keys)
        self._providers = {entry["provider"] for callees in plan.modules.values() for entry in callees.values()}
        self._sites = {site.name for site in plan.sites}
        self._sites_of = {
            module: [site.name for site in plan.sites if _in_module(site.file, module)] for module in plan.modules
        }
        self._reached: dict[bool, set[Cell]] = {True: set(), False: set()}
        self._edges: dict[bool, set[Edge]] = {True: set(), False: set()}
        self._traced = False
        self.idle = True

    def add(self, case: Case, asides: Iterable[Json]) -> None:
        """Count what a case reached in either arm."""
        asides = list(asides)
        visits = [visit for aside in asides for visit in aside["trace"]]
        self.idle = self.idle and not any(visits or aside["made"] or aside["requests"] for aside in asides)
        self._traced = self._traced or bool(visits)
        for site, key, _ in visits:
            self._reach(case, site, key)
        if not visits:
            for module, key in {(made[0], self._asked(case, made[1])) for aside in asides for made in aside["made"]}:
                for name in self._sites_of.get(module, ()):
                    self._reach(case, name, key)
        if case.outcome != "answer":
            for aside in asides:
                self._edges[case.recorded].update(self._failovers(aside))

    def coverage(self) -> Coverage:
        """Give what was gathered."""
        return Coverage(
            cells=tuple(self._cells.values()),
            recorded=frozenset(self._reached[True]),
            generated=frozenset(self._reached[False]),
            traced=self._traced,
            recorded_edges=frozenset(self._edges[True]),
            generated_edges=frozenset(self._edges[False]),
        )

    def _reach(self, case: Case, site: str, key: object) -> None:
        named = key if isinstance(key, str) and key in self._keys else UNKNOWN
        cell = self._cells.get((site, named, case.outcome))
        if cell is not None:
            self._reached[case.recorded].add(cell)

    def _asked(self, case: Case, provider: str) -> str:
        """Give the key that a site was asked for: the generated one, else that of the provider which was called."""
        return provider if case.key is None else case.key

    def _end(self, key: object) -> str:
        """Name one end of an edge: a site's key, or a provider that is in no table, such as that of a default arm."""
        return key if isinstance(key, str) and (key in self._keys or key in self._providers) else UNKNOWN

    def _failovers(self, aside: Mapping[str, Json]) -> Iterator[Edge]:
        """Give the edges as the sites were asked, or where they are not seen, as provider functions were called."""
        asked = [(site, self._end(key)) for site, key, _ in aside["trace"] if site in self._sites]
        for site in dict.fromkeys(site for site, _ in asked):
            keys = [key for name, key in asked if name == site]
            yield from (Edge(site, one, other) for one, other in pairwise(keys) if one != other)
        if not aside["trace"]:
            for (module, failed, _, outcome), (then, tried, *_) in pairwise(aside["made"]):
                if module == then and failed != tried and not outcome.startswith(_ANSWERS):
                    yield from (Edge(site, failed, tried) for site in self._sites_of.get(module, ()))


def coverage_to_json(coverage: Coverage) -> Json:
    """Give the whole matrix as data: sites, keys, and for each outcome who reached it."""
    sites: dict[str, dict[str, dict[str, Json]]] = {}
    for cell in coverage.cells:
        row = sites.setdefault(cell.site, {}).setdefault(cell.key, {"known": cell.known})
        row[cell.outcome] = coverage.origin(cell)
    return {
        "traced": coverage.traced,
        "cells": len(coverage.cells),
        "reached": len(coverage.reached),
        "recorded": len(coverage.recorded),
        "generated": len(coverage.generated),
        "sites": sites,
        "unrecorded": [list(branch) for branch in coverage.unrecorded],
        "edges": [[edge.site, edge.failed, edge.tried, coverage.origin(edge)] for edge in coverage.edges],
    }


def _in_module(file: str, module: str) -> bool:
    path = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return path == module or path.endswith("." + module) or not file
