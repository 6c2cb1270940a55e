"""The plan of a replay: for a tree that nothing was applied to, its sites and callees, found by scanning it.

With each callee goes its home, `module:attribute`, so that it is found again in a tree that moved its imports about.
A migrated tree's journal names the callees of templates; those of handlers and lazy imports are found likewise.

Example: ``derived_plan(Path("gateway")).keys``
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cutover_cli._branch_callees import branch_callees
from cutover_cli._inputs import readable
from cutover_cli._settings import read_settings
from cutover_cli._unusable import Unusable
from cutover_migrate import (
    NothingFound,
    Options,
    Plan,
    applied_plan,
    journal_json,
    journal_of,
    make_plan,
    scan_paths,
)
from cutover_migrate.rewrite import SitePlan
from cutover_parity import ReplayPlan, plan_of, read_plan

JOURNAL = Path(".cutover") / "journal.json"


def derived_plan(root: Path) -> ReplayPlan:
    """Scan the tree with this root, with the project's settings, and give what the harness needs of it.

    Raises:
        Unusable: There is no site that could be replayed.
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
        raise Unusable(f"{root}: there are no sites to replay: {error}") from error
    journal = journal_json(plan)
    for module in journal["modules"]:
        module["callees"] = dict(_callees(plan, module["file"], module["module"], module["callees"]))
    return plan_of(journal, source=str(root))


def migrated_plan(root: Path) -> ReplayPlan:
    """Read the plan of a migrated tree from its journal, and find the callees of the sites that it names none for.

    Raises:
        PlanError: The journal cannot be read.
    """
    plan = read_plan(root / JOURNAL)
    journal = journal_of(root)
    if journal is None:
        return plan
    named = {module["file"]: {each["slot"] for each in module["callees"].values()} for module in journal.modules}
    bare = {site["name"] for site in journal.sites if not named.get(site["file"], set()) & set(site["slots"])}
    if not bare:
        return plan
    whole = applied_plan(root)
    modules = {name: dict(callees) for name, callees in plan.modules.items()}
    for site in whole.sites:
        if site.name in bare:
            found = dict(_site_callees(whole, site))
            module = modules.setdefault(whole.scan.modules.name_of(site.path), {})
            module.update({path: callee for path, callee in found.items() if path not in module})
    return replace(plan, modules=modules)


def _site_callees(plan: Plan, site: SitePlan) -> Iterator[tuple[str, dict[str, str]]]:
    yield from branch_callees(plan, site)
    for slot in site.slots:
        for provider, origin in plan.table.slots.get(slot, {}).items():
            if ":" in origin.path and "." not in origin.attribute:
                yield origin.path, {"provider": provider, "slot": slot, "home": f"{origin.module}:{origin.attribute}"}


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
