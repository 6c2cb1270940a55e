"""Coverage: which site met which key with which outcome, learnt from what the arms did, not from what was intended."""

from collections.abc import Iterable
from dataclasses import dataclass

from cutover_parity._cases import OUTCOMES, Case
from cutover_parity._messages import Json
from cutover_parity._plan import ReplayPlan

UNKNOWN = "(unknown)"


@dataclass(frozen=True, slots=True)
class Cell:
    """One site, one key (`UNKNOWN` stands for any other), one outcome; `known`: the site's own chain has the key."""

    site: str
    key: str
    outcome: str
    known: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """The cells of the matrix and which were reached; `traced` is False where sites were inferred from calls."""

    cells: tuple[Cell, ...]
    reached: frozenset[Cell]
    traced: bool

    def joined(self, other: "Coverage") -> "Coverage":
        """Give what this or the other reached, at another depth say."""
        cells = tuple(dict.fromkeys((*self.cells, *other.cells)))
        return Coverage(cells, self.reached | other.reached, self.traced or other.traced)

    @property
    def unreached(self) -> tuple[Cell, ...]:
        """Cells that nothing reached, in the order of the matrix."""
        return tuple(cell for cell in self.cells if cell not in self.reached)

    @property
    def share(self) -> float:
        """Reached cells by all cells."""
        return len(self.reached) / len(self.cells) if self.cells else 1.0


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
        self._sites_of = {
            module: [site.name for site in plan.sites if _in_module(site.file, module)] for module in plan.modules
        }
        self._reached: set[Cell] = set()
        self._traced = False
        self.idle = True

    def add(self, case: Case, asides: Iterable[Json]) -> None:
        """Count what a case reached in either arm."""
        asides = list(asides)
        visits = [visit for aside in asides for visit in aside["trace"]]
        self.idle = self.idle and not any(visits or aside["made"] or aside["requests"] for aside in asides)
        self._traced = self._traced or bool(visits)
        for site, key, _ in visits:
            self._reach(site, key, case.outcome)
        if not visits and case.key is not None:
            for module in {made[0] for aside in asides for made in aside["made"]}:
                for name in self._sites_of.get(module, ()):
                    self._reach(name, case.key, case.outcome)

    def coverage(self) -> Coverage:
        """Give what was gathered."""
        return Coverage(tuple(self._cells.values()), frozenset(self._reached), self._traced)

    def _reach(self, site: str, key: object, outcome: str) -> None:
        named = key if isinstance(key, str) and key in self._keys else UNKNOWN
        cell = self._cells.get((site, named, outcome))
        if cell is not None:
            self._reached.add(cell)


def _in_module(file: str, module: str) -> bool:
    path = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return path == module or path.endswith("." + module) or not file
