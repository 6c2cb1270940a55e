"""The plan of a replay for a tree that nothing was applied to: its sites and callees, found by scanning it.

With each callee goes its home, `module:attribute`, so that it is found again in a tree that moved its imports about.

Example: ``derived_plan(Path("gateway")).keys``
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cutover_cli._branch_callees import branch_callees
from cutover_cli._inputs import readable
from cutover_cli._settings import read_settings
from cutover_migrate import BadInput, NothingFound, Options, Plan, journal_json, make_plan, scan_paths
from cutover_parity import ReplayPlan, plan_of


def derived_plan(root: Path) -> ReplayPlan:
    """Scan the tree with this root, with the project's settings, and give what the harness needs of it.

    Raises:
        BadInput: There is no site that could be replayed.
    """
    settings = read_settings(root)
    found = scan_paths(
        [root / path for path in settings.get("paths", (".",))],
        root=root,
        include=settings.get("include", ()),
        import_root=settings.get("import_root"),
    )
    try:
        plan = make_plan(readable(found), _options(settings))
    except NothingFound as error:
        raise BadInput(f"{root}: there are no sites to replay: {error}") from error
    journal = journal_json(plan)
    for module in journal["modules"]:
        module["callees"] = dict(_callees(plan, module["file"], module["module"], module["callees"]))
    return plan_of(journal, source=str(root))


def _options(settings: dict[str, Any]) -> Options:
    names = settings.get("names", {})
    return Options(
        import_root=settings.get("import_root"),
        unsafe=True,
        exclude=tuple(settings.get("exclude", ())),
        include=tuple(settings.get("include", ())),
        names=dict(names.get("columns", {})),
        site_names=dict(names.get("sites", {})),
    )


def _callees(plan: Plan, file: str, module: str, known: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """The callees of a module, each with its home: of odd branches, of the table, and what a branch imports itself."""
    for site in plan.sites:
        if site.path == file:
            yield from branch_callees(plan, site)
    read = {slot for site in plan.sites if site.path == file for slot in (*site.slots, *site.kept_slots)}
    for slot, column in plan.table.slots.items():
        for provider, origin in column.items():
            if slot in read and (origin.path in known or ":" in origin.path):
                home = "" if "." in origin.attribute else f"{origin.module or module}:{origin.attribute}"
                yield origin.path, {"provider": provider, "slot": slot, "home": home}
