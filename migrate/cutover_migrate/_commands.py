"""``apply``, ``verify``, ``finish`` and ``undo`` on a project root.

Each command first recovers what an interrupted one left. ``apply`` and ``finish`` ask the checker before they write.

Example: ``apply(root, plan_json(make_plan(scan([root]))))``
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cutover_migrate._migrated_tree import (
    adopted_files,
    finished_form,
    last_written,
    layout_of,
    on_disk,
    originals,
    originals_with_edits,
    plan_of_journal,
    plan_options,
)
from cutover_migrate._plan import Options, Plan, make_plan
from cutover_migrate._proof import check_tables, listed, proof
from cutover_migrate._report import PLAN_FORMAT, PLAN_VERSION, journal_json
from cutover_migrate._scan import Scan, scan
from cutover_migrate.apply import (
    Committed,
    FileChange,
    Journal,
    JournalMissing,
    Skipped,
    TargetExists,
    Undone,
    advance,
    commit,
    dependency_change,
    read_journal,
    recover,
    undo,
)
from cutover_migrate.certificate import Adoption, Certificate, certify_adoption
from cutover_migrate.errors import NotCertified, PlanMismatch
from cutover_migrate.rewrite import Layout
from cutover_migrate.vendor import foreign_files, obstacle

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Applied:
    """Both arms live side by side: what was written, and the certificate for it."""

    committed: Committed
    certificate: Certificate
    dependency: FileChange | Skipped


@dataclass(frozen=True)
class AlreadyDone:
    """There was nothing to do; ``reason`` says why."""

    reason: str


@dataclass(frozen=True)
class Verified:
    """The certificate for what is on disk, and the generated files that no longer are as they were written.

    ``foreign`` files stand in the vendored runtime and were not written by ``apply``. Where failover loops were
    adopted, the certificate is about the files as the cutover finished them, and ``adoption`` leads from there to disk.
    """

    certificate: Certificate
    edited: tuple[str, ...]
    foreign: tuple[str, ...] = ()
    adoption: Adoption | None = None

    @property
    def valid(self) -> bool:
        """Whether legacy and registry are proved to be the same program."""
        adopted = self.adoption is None or self.adoption.valid
        return self.certificate.valid and adopted and not self.edited and not self.foreign

    def to_json(self) -> str:
        """The whole certificate, that of adopted loops included: the same text for the same proof."""
        if self.adoption is None:
            return self.certificate.to_json()
        whole = {**json.loads(self.certificate.to_json()), "adoption": self.adoption.to_json()}
        whole["valid"] = whole["valid"] and self.adoption.valid
        return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def findings(self) -> list[str]:
        """What stands against it, one text each."""
        by_hand = [
            f"{path}: edited by hand since it was generated, so what it does is not proved" for path in self.edited
        ]
        added = [f"{path}: in the vendored runtime, and not written by `cutover apply`" for path in self.foreign]
        loops = [] if self.adoption is None else list(self.adoption.findings())
        return [*self.certificate.findings(), *loops, *by_hand, *added]


@dataclass(frozen=True)
class Finished:
    """The legacy arm is gone: what was written, and the certificate for it."""

    committed: Committed
    certificate: Certificate


def journal_of(root: Path) -> Journal | None:
    """The journal of a project, ``None`` where nothing is applied."""
    top = root.resolve()
    recover(top)
    try:
        return read_journal(top)
    except JournalMissing:
        return None


def certified_plan(found: Scan, options: Options | None = None) -> Plan:
    """The plan of every site that both stages can be certified for; the others are named in its ``exclude``.

    Raises:
        NotCertified: A difference stands outside of the sites.
    """
    chosen = options or Options()
    while True:
        plan = make_plan(found, chosen)
        left_out = list(dict.fromkeys(_uncertified(plan)))
        if not left_out:
            return plan
        chosen = replace(chosen, exclude=(*chosen.exclude, *left_out))


def _uncertified(plan: Plan) -> Iterator[str]:
    """The ids of the sites that one stage cannot be certified for.

    Where a difference stands outside of every site, those of its file are named: first the ones that move code.
    """
    config = plan.generated[plan.layout.config].encode()
    for stage, changes in (("applied", plan.applied()), ("finished", plan.finished())):
        certificate = _proof(plan, changes, config, stage=stage)
        invalid = {proof.site for proof in certificate.sites if not proof.valid}
        yield from (site.id for site in plan.sites if site.name in invalid)
        if certificate.valid or invalid:
            continue
        files = {difference.file for difference in certificate.differences}
        around = [site for site in plan.sites if site.path in files]
        moved = [site for site in around if site.decided.form == "lift" or site.is_lazy]
        if not around:
            raise NotCertified(listed("the rewrite cannot be certified", certificate.findings()))
        yield from (site.id for site in moved or around)


def apply(
    root: Path, plan: Json, *, add_dependency: bool = True, vendor_runtime: bool = False
) -> Applied | AlreadyDone:
    """Write both arms, all or nothing; with ``vendor_runtime`` the runtime too, in place of the dependency.

    Raises:
        PlanMismatch: The plan is damaged, of another tree, or older than a file.
        NotCertified: The checker found a difference; nothing was written.
        ApplyError: A file cannot be written; nothing was written.
    """
    root = root.resolve()
    _check_plan(plan)
    journal = journal_of(root)
    if not plan["sites"]:
        return AlreadyDone("the plan is empty: every site has its registry arm already")
    vendor = vendor_runtime or bool(plan["options"].get("vendor"))
    if journal is not None and _is_of_plan(journal, plan):
        _check_runtime(journal, vendor=vendor)
        return AlreadyDone(f"this plan is {journal.state} already")
    worked = _worked_out(root, plan, vendor=vendor)
    _check_vendored(root, worked.layout)
    changes = worked.applied()
    check_tables(worked.generated[worked.layout.config])
    certificate = _certify(worked, changes, worked.generated[worked.layout.config].encode(), stage="applied")
    dependency: FileChange | Skipped = Skipped("not asked for")
    if vendor:
        dependency = Skipped(f"the runtime is part of the application, as {worked.layout.runtime_module}")
    elif add_dependency:
        dependency = dependency_change(root)
    more = [dependency] if isinstance(dependency, FileChange) else []
    committed = commit(root, [*changes, *more], journal=journal_json(worked))
    return Applied(committed, certificate, dependency)


def verify(root: Path, *, carry_edits: bool = False) -> Verified:
    """Check what is on disk against the legacy program; ``carry_edits`` counts later edits as part of that."""
    root = root.resolve()
    recover(root)
    journal = read_journal(root)
    before = originals_with_edits(root, journal) if carry_edits else originals(root, journal)
    present = {path: on_disk(root, path) for path in before}
    finished = {path: finished_form(root, journal, path, edits=carry_edits) or b"" for path in adopted_files(journal)}
    after = present | finished
    layout = layout_of(journal)
    certificate = proof(
        layout,
        before=before,
        after=after,
        config=on_disk(root, layout.config),
        definitions={path: on_disk(root, path) for path in journal.details.get("definitions", ())},
        stage=journal.state,
    )
    vendored = _vendored(journal, layout)
    generated = (layout.registry, layout.loader, *vendored)
    edited = tuple(path for path in generated if on_disk(root, path) != last_written(root, journal, path))
    folder = layout.runtime_folder
    foreign = () if folder is None else foreign_files(root, folder, vendored)
    return Verified(certificate, edited, foreign, _adoption(layout, finished, present))


def _adoption(layout: Layout, finished: Json, present: Json) -> Adoption | None:
    """The proof of the adopted loops, ``None`` where there are none."""
    if not finished:
        return None
    after = {path: present[path] for path in finished}
    return certify_adoption(before=finished, after=after, registry_module=layout.registry_module)


def finish(root: Path) -> Finished | AlreadyDone:
    """Take the legacy arm out, all or nothing.

    Raises:
        NotCertified: What is on disk, or what would be written, is not proved; nothing was written.
        ApplyError: A file cannot be written, or edits made since conflict; nothing was written.
    """
    root = root.resolve()
    recover(root)
    journal = read_journal(root)
    if journal.state == "finished":
        return AlreadyDone("the legacy arm is gone already")
    verified = verify(root, carry_edits=True)
    if not verified.valid:
        raise NotCertified(listed("what is on disk is not certified", verified.findings()))
    plan = plan_of_journal(root, journal)
    changes = plan.finished()
    config = on_disk(root, plan.layout.config)
    certificate = _certify(plan, changes, config, stage="finished")
    details = {name: value for name, value in journal.details.items() if name not in {"files"}}
    following = [FileChange(change.path, last_written(root, journal, change.path), change.after) for change in changes]
    return Finished(advance(root, following, journal=details), certificate)


def take_back(root: Path, *, force: bool = False) -> Undone:
    """Undo everything: every byte as it was before ``apply``."""
    root = root.resolve()
    recover(root)
    return undo(root, force=force)


def _check_plan(plan: Json) -> None:
    if not isinstance(plan, dict) or plan.get("format") != PLAN_FORMAT:
        raise PlanMismatch("not a plan of `cutover plan`: its format field is missing; make one with `cutover plan`")
    if plan.get("version") != PLAN_VERSION:
        found = plan.get("version")
        raise PlanMismatch(f"the plan has version {found!r}, this program reads {PLAN_VERSION}; make it anew")
    parts: dict[str, type] = {"names": dict, "sources": dict, "sites": list, "options": dict}
    missing = [name for name, kind in parts.items() if not isinstance(plan.get(name), kind)]
    if missing:
        raise PlanMismatch(f"the plan has no {missing[0]!r}; make it anew with `cutover plan`")


def _is_of_plan(journal: Journal, plan: Json) -> bool:
    sources = plan["sources"]
    edited = [file for file in journal.files if not file.created and file.path in sources]
    return bool(edited) and all(sources[file.path] == file.before_sha256 for file in edited)


def _check_runtime(journal: Journal, *, vendor: bool) -> None:
    """Refuse to take a runtime for the other kind: what is there has to be taken back first."""
    if vendor and layout_of(journal).runtime_folder is None:
        raise PlanMismatch(
            f"this plan is {journal.state} already, with the runtime as a dependency; "
            "run `cutover undo`, then apply it with --vendor-runtime"
        )


def _check_vendored(root: Path, layout: Layout) -> None:
    """Refuse to write the runtime where something is."""
    folder = layout.runtime_folder
    there = None if folder is None else obstacle(root, folder)
    if there is not None:
        raise TargetExists([there])


def _vendored(journal: Journal, layout: Layout) -> tuple[str, ...]:
    """The files of the vendored runtime, as they were written."""
    if layout.runtime_folder is None:
        return ()
    return tuple(file.path for file in journal.files if file.path.startswith(f"{layout.runtime_folder}/"))


def _worked_out(root: Path, plan: Json, *, vendor: bool) -> Plan:
    """The plan, worked out again from the same bytes and the plan's names."""
    sources: dict[str, str] = plan["sources"]
    absent = [path for path in sources if not (root / path).is_file()]
    if absent:
        raise PlanMismatch(f"{absent[0]}: not under {root}, so this is a plan of another tree; plan this one anew")
    changed = [path for path, digest in sources.items() if sha256((root / path).read_bytes()).hexdigest() != digest]
    if changed:
        raise PlanMismatch(f"{changed[0]}: changed since the plan was made; make it anew with `cutover plan`")
    options = replace(plan_options(plan["options"], plan["names"]), vendor=vendor)
    paths = [root / path for path in sources]
    return make_plan(scan(paths, root=root, include=options.include, import_root=options.import_root), options)


def _certify(plan: Plan, changes: list[FileChange], config: bytes, *, stage: str) -> Certificate:
    certificate = _proof(plan, changes, config, stage=stage)
    if not certificate.valid:
        raise NotCertified(listed("the rewrite is not certified, so nothing was written", certificate.findings()))
    return certificate


def _proof(plan: Plan, changes: list[FileChange], config: bytes, *, stage: str) -> Certificate:
    return proof(
        plan.layout,
        before={change.path: change.before for change in changes if change.before is not None},
        after={change.path: change.after for change in changes if change.after is not None},
        config=config,
        definitions=plan.definitions,
        stage=stage,
    )
