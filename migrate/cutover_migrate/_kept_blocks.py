"""The blocks around a plan's sites that are left as they are because of their form, each with the reason.

`find` gives the forms, whatever they are about; here those that are about the plan's providers are chosen.

Example: ``list(kept_blocks(plan, "src/routes/chat.py"))``
"""

from __future__ import annotations

from collections.abc import Iterator

from cutover_migrate._plan import Plan
from cutover_migrate.find.kept import KeptForm, kept_forms
from cutover_migrate.rewrite import BlockPlan


def kept_blocks(plan: Plan, path: str) -> Iterator[BlockPlan]:
    """The kept forms of one file that are about the plan's providers and are no block already."""
    known = {(block.kind, block.first) for block in plan.rewrites[path].block_plans()}
    globals_read = _globals_read(plan, path)
    for form in kept_forms(plan.scan.tree.sources[path], plan.scan.modules):
        first, last = form.node.lineno, form.node.end_lineno or form.node.lineno
        if (form.kind, first) in known or not _is_ours(form, plan, globals_read) or _in_chain(form, plan, path):
            continue
        known.add((form.kind, first))
        yield BlockPlan(form.kind, first, last, "keep", form.reason)


def _globals_read(plan: Plan, path: str) -> set[str]:
    """The globals of a file through which its sites read slots, those left out whose imports are blocks already."""
    slots = {slot for site in plan.sites if site.path == path for slot in (*site.slots, *site.kept_slots)}
    return {
        origin.path.split(".")[0]
        for slot in slots
        for origin in plan.table.slots.get(slot, {}).values()
        if origin.group is None
    }


def _is_ours(form: KeptForm, plan: Plan, globals_read: set[str]) -> bool:
    providers = set(plan.table.providers)
    members = [name for name in form.names if name in providers]
    if form.kind == "imports":
        return not globals_read.isdisjoint(form.names)
    if form.kind == "alias":
        pairs = zip(form.names[::2], form.names[1::2], strict=True)
        return any(name in providers and alias not in providers for alias, name in pairs)
    return bool(members) and (form.kind == "timeouts" or 2 * len(members) > len(form.names))


def _in_chain(form: KeptForm, plan: Plan, path: str) -> bool:
    """Whether a form is part of a chain: any for lists, which a chain's tests may be, else a rewritten one."""
    sites = [*plan.scan.chosen, *(plan.scan.sites if form.kind == "list" else [])]
    sites += plan.scan.near_misses if form.kind == "list" else []
    chains = (site.decided.found for site in sites if site.path == path)
    return any(chain.start_line <= form.node.lineno <= chain.end_line for chain in chains)
