"""``undo SITE``: some sites back as they were before ``apply``, the others as they are, in either state.

The plan is worked out again from the originals without those sites, under the names that are in use; the tree is then
moved from the one certified state to the other, with the edits that were made since.

Example: ``undo_sites(Path("."), ["chat_completions"])``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cutover_migrate._commands import take_back
from cutover_migrate._migrated_tree import last_written, layout_of, on_disk, originals_with_edits, plan_of_journal
from cutover_migrate._plan import Plan, make_plan
from cutover_migrate._proof import check_tables, listed, proof
from cutover_migrate._report import journal_json
from cutover_migrate.apply import Committed, FileChange, Journal, Undone, advance, read_journal, recover
from cutover_migrate.apply._rebase import rebase, unblocked
from cutover_migrate.certificate import Certificate
from cutover_migrate.errors import BadInput, NotCertified, NothingFound
from cutover_migrate.rewrite import Table


@dataclass(frozen=True)
class SitesUndone:
    """Some ``sites`` are as before ``apply``, the others are ``left``; what was written, and the certificate for it."""

    sites: tuple[str, ...]
    left: tuple[str, ...]
    committed: Committed
    certificate: Certificate


def undo_sites(root: Path, names: Sequence[str], *, force: bool = False) -> SitesUndone | Undone:
    """Take these sites back (by name or id), all or nothing; where they are all there are, everything.

    ``force`` counts in the last case alone. Adopted failover loops are as they were written by hand again.

    Raises:
        BadInput: There is no such site, or another one cannot stay without it.
        NotCertified: What would be left is not proved; nothing was written.
        ApplyError: A file cannot be written, or edits made since conflict; nothing was written.
    """
    root = root.resolve()
    recover(root)
    journal = read_journal(root)
    chosen = [_site_named(journal, name) for name in dict.fromkeys(names)]
    plan = _without(plan_of_journal(root, journal), journal, {site["id"] for site in chosen})
    if plan is None:
        return take_back(root, force=force)
    label = f"undo {' '.join(names)}"
    changes = _changes(root, journal, plan)
    certificate = _certified(root, journal, plan, _outcomes(root, changes, command=label))
    details = {**journal_json(plan), "adopted": []}
    committed = advance(root, changes, journal=details, state=journal.state, needs=journal.state, name=label)
    left = tuple(site.name for site in plan.sites)
    return SitesUndone(tuple(site["name"] for site in chosen), left, committed, certificate)


def _site_named(journal: Journal, name: str) -> Mapping[str, Any]:
    known = [word for site in journal.sites for word in (site["name"], site["id"])]
    found = [site for site in journal.sites if name in {site["name"], site["id"]}]
    if found:
        return found[0]
    near = get_close_matches(name, known, n=1)
    sites = ", ".join(site["name"] for site in journal.sites)
    raise BadInput(
        f"{name}: no site of this cutover goes by that name; "
        + (f"did you mean {near[0]}? " if near else "")
        + f"there are {sites}"
    )


def _without(whole: Plan, journal: Journal, gone: set[str]) -> Plan | None:
    """The plan of the other sites, with every name as it is in use; ``None`` where there are no others."""
    options = replace(
        whole.options,
        exclude=(*whole.options.exclude, *sorted(gone)),
        site_names={site: name for site, name in whole.options.site_names.items() if site not in gone},
        names={},
    )
    try:
        first = make_plan(whole.scan, options)
    except NothingFound:
        return None
    plan = make_plan(whole.scan, replace(options, names=_names_in_use(first.table, whole)))
    plan.layout = layout_of(journal)
    staying = {site["id"]: site["name"] for site in journal.sites if site["id"] not in gone}
    lost = [name for site, name in staying.items() if site not in {each.id for each in plan.sites}]
    if lost:
        raise BadInput(
            f"{', '.join(lost)} cannot keep its registry arm without what you named; "
            f"undo these too: cutover undo {' '.join([*(s['name'] for s in journal.sites if s['id'] in gone), *lost])}"
        )
    return plan


def _names_in_use(table: Table, whole: Plan) -> dict[str, str]:
    """Each column's present name: that of the present column that holds all that it holds."""
    present = _columns(whole.table)
    found: dict[str, str] = {}
    for name, column in _columns(table).items():
        fitting = [old for old, held in present.items() if column.items() <= held.items()]
        wanted = name if name in fitting else next(iter(fitting), name)
        if wanted not in found.values():
            found[name] = wanted
    return found


def _columns(table: Table) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {name: {**column} for name, column in table.values.items()}
    for name, column in table.slots.items():
        found[name] = {provider: origin.path for provider, origin in column.items()}
    return found


def _changes(root: Path, journal: Journal, plan: Plan) -> list[FileChange]:
    """From what was written last to what the plan of the other sites would have written."""
    wanted = {change.path: change.after for change in plan.applied()}
    if journal.state == "finished":
        wanted |= {change.path: change.after for change in plan.finished()}
    sources = plan.scan.tree.sources
    edited = [file.path for file in journal.files if not file.created and file.path in sources]
    restored = {path: sources[path].data for path in edited if path not in wanted}
    pairs = {path: (last_written(root, journal, path), data) for path, data in {**wanted, **restored}.items()}
    return [FileChange(path, before, after) for path, (before, after) in pairs.items() if before != after]


def _outcomes(root: Path, changes: Iterable[FileChange], *, command: str) -> dict[str, bytes]:
    """What each file will be, edits made since included."""
    results = {each.path: rebase(each.before, current=_there(root, each.path), wanted=each.after) for each in changes}
    return {path: result.data or b"" for path, result in unblocked(command, results).items()}


def _certified(root: Path, journal: Journal, plan: Plan, outcomes: Mapping[str, bytes]) -> Certificate:
    before = originals_with_edits(root, journal)
    layout = plan.layout
    config = outcomes.get(layout.config, on_disk(root, layout.config))
    certificate = proof(
        layout,
        before=before,
        after={path: outcomes.get(path, on_disk(root, path)) for path in before},
        config=config,
        definitions=plan.definitions,
        stage=journal.state,
    )
    if not certificate.valid:
        head = "what would be left is not certified, so nothing was written"
        raise NotCertified(listed(head, certificate.findings()))
    check_tables(config.decode())
    return certificate


def _there(root: Path, path: str) -> bytes | None:
    return (root / path).read_bytes() if (root / path).is_file() else None
