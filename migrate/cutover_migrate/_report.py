"""The JSON forms of a scan and of a plan.

The shape of ``scan_json`` is a promise to other tools; it is documented in ``docs/reference/json.md``.

Example: ``json.dumps(scan_json(scan([Path("src")])))``
"""

from __future__ import annotations

import difflib
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from cutover_migrate._disagreements import Disagreement
from cutover_migrate._kept_blocks import kept_blocks
from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._scan import Scan, Site
from cutover_migrate.apply import FileChange
from cutover_migrate.errors import NothingFound
from cutover_migrate.find import KeyedTable
from cutover_migrate.rewrite import BlockPlan, SitePlan, text_keys

PLAN_FORMAT = "cutover-plan"
PLAN_VERSION = 1
Json = dict[str, Any]


def scan_json(scan: Scan, *, options: Options | None = None) -> Json:
    """A scan as JSON: sites, blocks around them, the accounting, disagreements, near misses, unread files."""
    plan = plan_of(scan, options)
    names = {site.id: site.name for site in plan.sites} if plan else {}
    return {
        "sites": [site_json(site) | {"name": names.get(site.id)} for site in scan.sites],
        "blocks": block_list(plan) if plan else [],
        "accounting": scan.accounting,
        "disagreements": [disagreement_json(finding) for finding in scan.disagreements()],
        "near_misses": [site_json(site) for site in scan.near_misses],
        "tables": [table_json(path, table) for path, table in scan.tables],
        "unread": [{"file": file.path, "line": file.line, "reason": file.reason} for file in scan.tree.unread],
        "files": len(scan.tree.sources),
    }


def plan_of(scan: Scan, options: Options | None = None) -> Plan | None:
    """The plan that a scan leads to, or ``None`` where nothing can be rewritten."""
    try:
        return make_plan(scan, options or Options(unsafe=True))
    except NothingFound:
        return None


def site_json(site: Site) -> Json:
    """One site as JSON."""
    facts = site.facts
    return {
        "id": site.id,
        "file": site.path,
        "start_line": facts.start_line,
        "end_line": facts.end_line,
        "function": facts.function,
        "subject": facts.subject,
        "keys": site.keys,
        "kind": facts.kind,
        "branches": facts.branches,
        "decision": facts.decision,
        "form": facts.form,
        "kept": [
            {"key": key, "line": kept.line, "reason": kept.reason}
            for kept in facts.kept
            for key in kept.keys or (None,)
        ],
        "level": facts.level,
        "reasons": [asdict(why) for why in facts.reasons],
    }


def table_json(path: str, table: KeyedTable) -> Json:
    """One dictionary that has the providers' keys as JSON."""
    lines = {"start_line": table.line, "end_line": table.end_line}
    return {"file": path, **lines, "name": table.name, "keys": list(table.keys)}


def block_list(plan: Plan) -> list[Json]:
    """The blocks around a plan's sites, numbered over the project."""
    found: list[Json] = []
    for path, rewrite in plan.rewrites.items():
        for block in sorted([*rewrite.block_plans(), *kept_blocks(plan, path)], key=lambda block: block.first):
            found.append(_block_json(f"block.{len(found) + 1}", path, block))
    return found


def disagreement_json(finding: Disagreement) -> Json:
    """One disagreement as JSON."""
    return {
        "kind": finding.kind,
        "file": finding.file,
        "line": finding.line,
        "names": list(finding.names),
        "message": finding.message,
    }


def plan_json(plan: Plan) -> Json:
    """A plan as JSON: what ``apply`` reads. Names under ``names`` may be edited; the rest is for reading."""
    changes = plan.applied()
    planned = {site.id for site in plan.sites}
    return {
        "format": PLAN_FORMAT,
        "version": PLAN_VERSION,
        "root": str(plan.scan.tree.root),
        "options": _options_json(plan.options),
        "names": {
            "sites": {site.id: site.name for site in plan.sites},
            "columns": _columns(plan),
        },
        "sources": {path: sha256(source.data).hexdigest() for path, source in plan.scan.tree.sources.items()},
        "sites": [site_json(site) for site in plan.scan.chosen if site.id in planned],
        "generated": {path: text.splitlines() for path, text in plan.generated.items()},
        "edits": {change.path: _diff(change) for change in changes if change.before is not None},
        "blocks": block_list(plan),
        "lines": lines_json(plan),
    }


def _columns(plan: Plan) -> dict[str, str]:
    """The names of the table's columns, by the names that were proposed for them."""
    proposed = {chosen: name for name, chosen in plan.options.names.items()}
    return {proposed.get(name, name): name for name in (*plan.table.slots, *plan.table.values)}


def empty_plan(scan: Scan, options: Options) -> Json:
    """The plan of a tree in which there is nothing left to do."""
    return {
        "format": PLAN_FORMAT,
        "version": PLAN_VERSION,
        "root": str(scan.tree.root),
        "options": _options_json(options),
        "names": {"sites": {}, "columns": {}},
        "sources": {},
        "sites": [],
        "generated": {},
        "edits": {},
        "blocks": [],
        "lines": {"sites_and_blocks": 0, "gone": 0, "generated": 0, "share_gone": 0.0},
    }


def lines_json(plan: Plan) -> Json:
    """How many lines of the sites and rewritten blocks are gone after ``finish``, generated ones counted against it."""
    counted = sum(site.decided.chain.end_line - site.decided.chain.start_line + 1 for site in plan.sites)
    counted += sum(block["end_line"] - block["start_line"] + 1 for block in block_list(plan))
    finished = plan.finished()
    before = sum(len((change.before or b"").splitlines()) for change in finished)
    after = sum(len((change.after or b"").splitlines()) for change in finished)
    generated = sum(len(text.splitlines()) for text in plan.generated.values())
    gone = before - after - generated
    share = gone / counted if counted else 0.0
    return {"sites_and_blocks": counted, "gone": gone, "generated": generated, "share_gone": round(share, 4)}


def journal_json(plan: Plan) -> Json:
    """The parts of the journal that later commands and the parity harness read."""
    return {
        "sites": [_journal_site(plan, site) for site in plan.sites],
        "modules": [_journal_module(plan, path) for path in plan.rewrites],
        "generated": {
            "config": plan.layout.config,
            "registry": plan.layout.registry,
            "loader": plan.layout.loader,
            "config_module": plan.layout.config_module,
            "registry_module": plan.layout.registry_module,
            "loader_module": plan.layout.loader_module,
            "runtime_module": plan.layout.runtime_module,
        },
        "options": _options_json(plan.options)
        | {"columns": dict(plan.options.names), "sites": {site.id: site.name for site in plan.sites}},
        "scanned": sorted(plan.scan.tree.sources),
        "definitions": sorted(plan.definitions),
    }


def _options_json(options: Options) -> Json:
    return {
        "services": options.services,
        "config": options.config,
        "import_root": options.import_root,
        "unsafe": options.unsafe,
        "exclude": list(options.exclude),
        "include": list(options.include),
        "vendor": options.vendor,
    }


def _journal_site(plan: Plan, site: SitePlan) -> Json:
    chain = site.decided.chain
    return {
        "id": site.id,
        "name": site.name,
        "symbol": site.symbol,
        "file": site.path,
        "function": chain.function,
        "start_line": chain.start_line,
        "end_line": chain.end_line,
        "subject": plan.scan.tree.sources[site.path].segment(chain.subject),
        "kind": chain.kind,
        "keys": list(dict.fromkeys(key for branch in chain.branches for key in text_keys(branch))),
        "table_keys": site.keys,
        "kept_keys": site.kept,
        "default": site.default,
        "slots": site.slots,
    }


def _journal_module(plan: Plan, path: str) -> Json:
    wanted = {slot for site in plan.sites if site.path == path for slot in (*site.slots, *site.kept_slots)}
    known = plan.scan.imports_of(path).module_names
    callees = {
        origin.path: {"provider": provider, "slot": slot}
        for slot, column in plan.table.slots.items()
        if slot in wanted
        for provider, origin in column.items()
        if ":" not in origin.path and origin.path.split(".")[0] in known
    }
    return {"module": plan.scan.modules.name_of(path), "file": path, "callees": callees}


def _block_json(number: str, path: str, block: BlockPlan) -> Json:
    return {
        "id": number,
        "kind": block.kind,
        "file": path,
        "start_line": block.first,
        "end_line": block.last,
        "decision": block.decision,
        "reason": block.reason,
    }


def _diff(change: FileChange) -> list[str]:
    before = (change.before or b"").decode(errors="replace").splitlines()
    after = (change.after or b"").decode(errors="replace").splitlines()
    return list(difflib.unified_diff(before, after, f"a/{change.path}", f"b/{change.path}", lineterm="", n=2))
