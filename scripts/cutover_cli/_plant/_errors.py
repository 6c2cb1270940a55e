"""Errors of the planting; when one is raised, nothing was written.

::

    PlantError
    ├── NotMigrated        the folder has no tree that `cutover apply` or `cutover finish` left
    ├── UnknownKind        there is no such kind of fault; carries `kind`
    └── NothingApplicable  no site of the tree can take such a fault; carries `kind` and `sites`
"""

from collections.abc import Sequence
from pathlib import Path


class PlantError(Exception):
    """Root of this package's errors."""


class NotMigrated(PlantError):
    """There is no migrated tree to plant in."""

    def __init__(self, root: Path, reason: str) -> None:
        self.root = root
        super().__init__(f"cannot plant a fault under {root}: {reason}; name the root of a tree after `cutover apply`")


class UnknownKind(PlantError):
    """A kind was asked for that does not exist."""

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        self.kind = kind
        super().__init__(f"unknown kind of fault {kind!r}; choose one of {', '.join(known)}")


class NothingApplicable(PlantError):
    """No site can take the fault that was asked for."""

    def __init__(self, kind: str | None, *, state: str, sites: Sequence[str]) -> None:
        self.kind = kind
        self.sites = tuple(sites)
        asked = f"a fault of kind {kind!r}" if kind else "any fault"
        there = f"its sites are {', '.join(sites)}" if sites else "the registry's code was not found at any site"
        super().__init__(
            f"nowhere to plant {asked} in this tree (state {state!r}): {there}; try another kind, or another state"
        )
