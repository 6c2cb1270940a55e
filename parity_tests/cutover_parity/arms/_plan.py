"""What the harness needs of a journal: the callees of each module, and the sites with their keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cutover_parity._messages import Json
from cutover_parity.errors import PlanError

UNKNOWN_KEY = "cutover-unknown-provider"


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A site by name, with the keys that its chain knows and where it stands."""

    name: str
    keys: tuple[str, ...]
    file: str = ""
    start_line: int = 0
    end_line: int = 0


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """The sites of a gateway, and the callees per module: {module: {global name: {"provider": …, "slot": …}}}."""

    sites: tuple[SitePlan, ...]
    modules: Mapping[str, Mapping[str, Mapping[str, str]]]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all sites, each once, in the order in which they are first met."""
        return tuple(dict.fromkeys(key for site in self.sites for key in site.keys))


def plan_of(journal: Json, *, source: str = "the journal") -> ReplayPlan:
    """Read a journal's data."""
    try:
        sites = tuple(_site(site) for site in journal["sites"])
        modules = {module["module"]: module["callees"] for module in journal["modules"]}
    except (KeyError, TypeError) as error:
        raise PlanError(source, f"a field is missing or of the wrong kind: {error}") from error
    if not sites:
        raise PlanError(source, "its list of sites is empty")
    return ReplayPlan(sites, modules)


def read_plan(journal: Path) -> ReplayPlan:
    """Read `.cutover/journal.json`."""
    try:
        data = json.loads(journal.read_text())
    except FileNotFoundError as error:
        raise PlanError(str(journal), "there is no such file") from error
    except ValueError as error:
        raise PlanError(str(journal), f"it is not JSON: {error}") from error
    return plan_of(data, source=str(journal))


def _site(data: Json) -> SitePlan:
    return SitePlan(
        name=data["name"],
        keys=tuple(key for key in data["keys"] if isinstance(key, str)),
        file=data.get("file", ""),
        start_line=data.get("start_line", 0),
        end_line=data.get("end_line", 0),
    )
