"""Codemod: from if/elif provider dispatch to a provider registry, proved and undoable.

Example::

    plan = plan_json(make_plan(scan_paths([Path("src")])))
    apply_plan(Path("."), plan)

The codemod is loaded by the first of its names that is asked for: who only reads a journal does not wait for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutover_migrate.errors import BadInput, MigrateError, NotCertified, NothingFound, NotPython, PlanMismatch
from cutover_migrate.find import project_root

if TYPE_CHECKING:
    from cutover_migrate._api import (
        Adoptable,
        AlreadyDone,
        Applied,
        Disagreement,
        Finished,
        LoopsAdopted,
        Options,
        Plan,
        Scan,
        Site,
        SitesUndone,
        Verified,
        adopt_failover,
        adoption_json,
        applied_plan,
        apply_plan,
        certified_plan,
        empty_plan,
        finish_cutover,
        journal_json,
        journal_of,
        lines_json,
        make_plan,
        plan_adoption,
        plan_json,
        scan_json,
        scan_paths,
        undo_cutover,
        undo_sites,
        verify_cutover,
    )

__all__ = [
    "Adoptable",
    "AlreadyDone",
    "Applied",
    "BadInput",
    "Disagreement",
    "Finished",
    "LoopsAdopted",
    "MigrateError",
    "NotCertified",
    "NotPython",
    "NothingFound",
    "Options",
    "Plan",
    "PlanMismatch",
    "Scan",
    "Site",
    "SitesUndone",
    "Verified",
    "adopt_failover",
    "adoption_json",
    "applied_plan",
    "apply_plan",
    "certified_plan",
    "empty_plan",
    "finish_cutover",
    "journal_json",
    "journal_of",
    "lines_json",
    "make_plan",
    "plan_adoption",
    "plan_json",
    "project_root",
    "scan_json",
    "scan_paths",
    "undo_cutover",
    "undo_sites",
    "verify_cutover",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("cutover_migrate._api"), name)
