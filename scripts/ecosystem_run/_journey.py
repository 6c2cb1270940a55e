"""One package's whole journey: scan, plan everything, apply to a copy, certify, execute, scan again, finish, undo.

A row of figures grows step by step and is saved before each, so that a crash or a time limit leaves what was known.

Example: ``travel(Journey(folder, copy, save=print))``
"""

from __future__ import annotations

import shutil
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cutover_migrate import (
    NotCertified,
    NothingFound,
    Options,
    Plan,
    Scan,
    Site,
    apply_plan,
    certified_plan,
    finish_cutover,
    plan_json,
    scan_paths,
    undo_cutover,
    verify_cutover,
)
from cutover_migrate.execute import execute_project
from ecosystem_run._bytes import lost_line
from ecosystem_run._count import counted_chains
from ecosystem_run._labels import Label, decisions_for
from ecosystem_run._packages import OURS, digest

TO_INCLUDE = frozenset({"constants-only", "other-dispatch"})
ROUNDS = 4
SECONDS_A_SITE = 10.0
SECONDS_A_STAGE = 400.0
Json = dict[str, Any]


@dataclass
class Journey:
    """A package's folder, where its copy goes, and the row so far; ``save`` is called with the row before each step."""

    folder: Path
    copy: Path
    save: Callable[[Json], object]
    labels: tuple[Label, ...] = ()
    executes: bool = True
    row: Json = field(default_factory=dict)


def travel(journey: Journey) -> Json:
    """Take every step; a crash ends it and is a field of the row."""
    row = journey.row
    before = digest(journey.folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _step(journey, "copy", lambda journey: shutil.copytree(journey.folder, journey.copy))
            found = _step(journey, "scan", _scan)
            _step(journey, "count", lambda journey: _count(journey, found))
            plan = _step(journey, "plan", lambda journey: _plan(journey, found))
            if plan is not None:
                _rewrite(journey, plan)
            row["step"] = "end"
    except Exception as error:  # noqa: BLE001 - a crash of the program is what is looked for
        row["crash"] = f"{type(error).__name__}: {error}"[:2000]
        row["where"] = traceback.format_exc()[-4000:]
    row["untouched"] = digest(journey.folder) == before
    journey.save(row)
    return row


def _step(journey: Journey, name: str, work: Callable[[Journey], Any]) -> Any:
    journey.row["step"] = name
    journey.save(journey.row)
    return work(journey)


def _rewrite(journey: Journey, plan: Plan) -> None:
    _step(journey, "apply", lambda journey: apply_plan(journey.copy, plan_json(plan)))
    _step(journey, "certify", lambda journey: _certify(journey, "applied"))
    _step(journey, "compile", _compile)
    _step(journey, "bytes", _bytes)
    _step(journey, "execute", lambda journey: _execute(journey, "applied"))
    _step(journey, "second scan", _second)
    _step(journey, "finish", lambda journey: finish_cutover(journey.copy))
    _step(journey, "certify finished", lambda journey: _certify(journey, "finished"))
    _step(journey, "compile finished", _compile)
    _step(journey, "execute finished", lambda journey: _execute(journey, "finished"))
    _step(journey, "undo", _undo)


def _scan(journey: Journey) -> Scan:
    """The copy's sites, with every one in the plan that is left out for what it dispatches on and not for its shape."""
    alone = scan_paths([journey.copy], root=journey.copy)
    found = scan_paths([journey.copy], root=journey.copy, include=_included(alone))
    refused = [site for site in found.sites if not site.facts.is_rewritten]
    journey.row |= {
        "files": len(found.tree.sources),
        "unread": [f"{file.path}:{file.line}: {file.reason}" for file in found.tree.unread],
        "alone": alone.accounting,
        "accounting": found.accounting,
        "near_misses": len(found.near_misses),
        "codes": dict(Counter(_codes(site)[0] for site in refused).most_common()),
        "refused": [f"{_place(site)}: {_codes(site)[0]}" for site in refused],
    }
    return found


def _included(found: Scan) -> list[str]:
    sites = [*found.sites, *found.near_misses]
    return [site.id for site in sites if site.facts.is_rewritten or set(_codes(site)) <= TO_INCLUDE]


def _codes(site: Site) -> list[str]:
    return [code for code, _ in site.facts.codes]


def _place(site: Site) -> str:
    return f"{site.path}:{site.facts.start_line}"


def _told(site: Site) -> Json:
    """What the labels are compared with."""
    facts = site.facts
    return {
        "id": site.id,
        "file": site.path,
        "start_line": facts.start_line,
        "covers": facts.covers,
        "subject": facts.subject,
        "decision": facts.decision,
        "codes": _codes(site),
    }


def _count(journey: Journey, found: Scan) -> None:
    counted = counted_chains(journey.folder)
    known = {(site.path, site.facts.start_line) for site in (*found.sites, *found.near_misses)}
    unread = {file.path for file in found.tree.unread}
    missing = sorted(place for place in counted - known if place[0] not in unread)
    journey.row |= {"counted": len(counted), "missing": [f"{file}:{line}" for file, line in missing]}


def _plan(journey: Journey, found: Scan) -> Plan | None:
    """The plan of all sites that can be certified; where that fails as a whole, of the files that do not fail."""
    chosen = Options(unsafe=True, include=tuple(site.id for site in found.chosen))
    plan = _tried(journey, found, chosen, "the whole")
    if plan is None and found.chosen:
        failed = _failed_files(journey, found, chosen)
        kept_out = tuple(site.id for site in found.chosen if site.path in failed)
        plan = _tried(journey, found, replace(chosen, exclude=kept_out), "the files that can be planned alone")
    planned = frozenset(site.id for site in plan.sites) if plan else frozenset()
    left = [site for site in found.chosen if site.id not in planned]
    decided = [_told(site) for site in (*found.sites, *found.near_misses)]
    journey.row |= {
        "rewritten": len(planned),
        "left_out": [f"{_place(site)}: {site.facts.decision}" for site in left],
        "labels": decisions_for(journey.labels, decided, planned),
    }
    return plan


def _failed_files(journey: Journey, found: Scan, chosen: Options) -> set[str]:
    """The files whose sites cannot be planned and certified, each tried alone."""
    failed = set()
    for path in dict.fromkeys(site.path for site in found.chosen):
        others = tuple(site.id for site in found.chosen if site.path != path)
        if _tried(journey, found, replace(chosen, exclude=others), path) is None:
            failed.add(path)
    return failed


def _tried(journey: Journey, found: Scan, options: Options, what: str) -> Plan | None:
    """A certified plan; what speaks against one is a field of the row."""
    try:
        return certified_plan(found, options)
    except NothingFound:
        return None
    except NotCertified as error:
        journey.row.setdefault("uncertified", []).append((f"plan of {what}", str(error)[:2000]))
    except Exception as error:  # noqa: BLE001 - a crash of the program is what is looked for
        journey.row.setdefault("crashes", []).append(f"plan of {what}: {type(error).__name__}: {error}"[:2000])
    return None


def _certify(journey: Journey, stage: str) -> None:
    verified = verify_cutover(journey.copy)
    journey.row[f"certified_{stage}"] = verified.valid
    if not verified.valid:
        journey.row.setdefault("uncertified", []).extend((stage, text) for text in verified.findings()[:20])


def _changed(journey: Journey) -> list[tuple[str, Path]]:
    """The copy's Python files that are new or not as they were, each with its place in the package."""
    files = [path for path in journey.copy.rglob("*.py") if OURS not in path.parts]
    places = [(path.relative_to(journey.copy).as_posix(), path) for path in files]
    return [(place, path) for place, path in places if path.read_bytes() != _original(journey, place)]


def _original(journey: Journey, place: str) -> bytes | None:
    path = journey.folder / place
    return path.read_bytes() if path.is_file() else None


def _compile(journey: Journey) -> None:
    changed = _changed(journey)
    broken = journey.row.setdefault("broken", [])
    for place, path in changed:
        try:
            compile(path.read_bytes(), place, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            broken.append(f"{place}: {error}")
    journey.row["compiled"] = len(changed)


def _bytes(journey: Journey) -> None:
    journey.row["foreign"] = []
    for place, path in _changed(journey):
        lost = lost_line(_original(journey, place) or b"", path.read_bytes())
        if lost is not None:
            journey.row["foreign"].append(f"{place}:{lost}")


def _execute(journey: Journey, stage: str) -> None:
    """The runtime check; what it could not execute, or never got to the site with, is counted apart."""
    if not journey.executes:
        return
    row = journey.row
    seconds = min(SECONDS_A_SITE, SECONDS_A_STAGE / row["rewritten"])
    report = execute_project(journey.copy, seconds=seconds, rounds=ROUNDS)
    reached = [site for site in report.executed if site.reached]
    row.setdefault("differences", []).extend(f"{stage}: {text[:1000]}" for text in report.findings()[:50])
    row |= {"executed": len(reached), "unreached": len(report.sites) - len(reached)}
    row |= {"pairs": sum(site.pairs for site in reached), "pairs_left_out": sum(site.left_out for site in reached)}
    row["not_executed"] = [f"{site.file}: {site.site}: {site.reason}" for site in report.not_executed]


def _second(journey: Journey) -> None:
    """What a plan of the applied copy would still rewrite, what the first one left out aside."""
    alone = scan_paths([journey.copy], root=journey.copy)
    found = scan_paths([journey.copy], root=journey.copy, include=_included(alone))
    try:
        plan = certified_plan(found, Options(unsafe=True, include=tuple(site.id for site in found.chosen)))
    except (NothingFound, NotCertified):
        journey.row["second"] = []
        return
    journey.row["second"] = [f"{site.path}:{site.decided.chain.start_line}" for site in plan.sites]


def _undo(journey: Journey) -> None:
    undo_cutover(journey.copy)
    journey.row["undone"] = digest(journey.copy) == digest(journey.folder)
