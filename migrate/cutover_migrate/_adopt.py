"""``finish --adopt-failover``: hand-written failover loops of a finished tree go over the registry's routes.

A step of its own: the finished files are kept beside the journal, and the checker proves the loops against them. With
the certificate of the finished cutover that leads from the legacy files to those on disk.

Example: ``adopt_failover(Path("."), plan_adoption(Path(".")))``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cutover_migrate._commands import AlreadyDone, verify
from cutover_migrate._migrated_tree import finished_form, layout_of, on_disk
from cutover_migrate._proof import listed
from cutover_migrate.adopt import Adopted, FileAdoption, Refused, adopt_files, asker_names
from cutover_migrate.apply import Committed, FileChange, Journal, WrongState, advance, read_journal, recover
from cutover_migrate.apply._journal import JOURNAL
from cutover_migrate.certificate import Adoption, certify_adoption
from cutover_migrate.errors import NotCertified
from cutover_migrate.find import Source, parse_source

COMMAND = "finish --adopt-failover"


@dataclass(frozen=True)
class Adoptable:
    """What would be written: every loop found with what becomes of it, the edited files, and the proof for them."""

    loops: tuple[Adopted | Refused, ...]
    changes: tuple[FileChange, ...]
    proof: Adoption

    @property
    def adopted(self) -> tuple[Adopted, ...]:
        """The loops that are adopted."""
        return tuple(loop for loop in self.loops if isinstance(loop, Adopted))

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The loops that stay."""
        return tuple(loop for loop in self.loops if isinstance(loop, Refused))


@dataclass(frozen=True)
class LoopsAdopted:
    """The loops go over routes now: what was written, and of what."""

    committed: Committed
    adoptable: Adoptable


def plan_adoption(root: Path) -> Adoptable:
    """Work out which failover loops of a finished tree can be adopted; nothing is written.

    Raises:
        WrongState: The legacy arm is still there.
        NotCertified: What is on disk is not proved.
    """
    root = root.resolve()
    recover(root)
    journal = read_journal(root)
    if journal.state != "finished":
        raise WrongState(JOURNAL, command=COMMAND, state=journal.state, advice="run `cutover finish` first")
    verified = verify(root, carry_edits=True)
    if not verified.valid:
        raise NotCertified(listed("what is on disk is not certified", verified.findings()))
    found = _proved(root, journal)
    changes = tuple(
        FileChange(file.source.path, file.source.data, file.text.encode(file.source.encoding))
        for file in found
        if file.adopted
    )
    loops = tuple(loop for file in found for loop in file.loops)
    return Adoptable(loops, changes, _proof(root, journal, changes))


def adopt_failover(root: Path, planned: Adoptable) -> LoopsAdopted | AlreadyDone:
    """Write what was planned, all or nothing.

    Raises:
        NotCertified: It is not proved; nothing was written.
        ApplyError: A file cannot be written, or is another since; nothing was written.
    """
    root = root.resolve()
    if not planned.changes:
        return AlreadyDone("no failover loop is left that can be adopted")
    if not planned.proof.valid:
        raise NotCertified(listed("the loops are not proved, so nothing was written", planned.proof.findings()))
    journal = read_journal(root)
    before = {change.path: finished_form(root, journal, change.path) or change.before for change in planned.changes}
    known = [loop for loop in journal.details.get("adopted", ()) if loop["file"] not in before]
    details = {**journal.details, "adopted": [*known, *_entries(planned)]}
    committed = advance(
        root,
        planned.changes,
        journal=details,
        state="finished",
        needs="finished",
        name=COMMAND,
        witnesses={path: data for path, data in before.items() if data is not None},
    )
    return LoopsAdopted(committed, planned)


def adoption_json(planned: Adoptable) -> dict[str, Any]:
    """The loops and the proof for machines."""
    return {
        "adopted": [{key: value for key, value in asdict(loop).items() if key != "edits"} for loop in planned.adopted],
        "refused": [asdict(loop) for loop in planned.refused],
        "axioms": [axiom.id for axiom in planned.proof.axioms],
    }


def _entries(planned: Adoptable) -> list[dict[str, Any]]:
    proofs = planned.proof.loops
    return [{"file": p.file, "line": p.after_line, "function": p.function, "chain": p.chain} for p in proofs]


def _sources(root: Path, journal: Journal) -> dict[str, Source]:
    """The files with sites, and those that may import a function which holds one."""
    edited = [file.path for file in journal.files if not file.created and file.path.endswith(".py")]
    sources = {path: parse_source(path, on_disk(root, path)) for path in edited}
    names = [name.encode() for name in asker_names(sources)]
    for path in journal.details.get("scanned", ()):
        data = on_disk(root, path) if names and path not in sources and path.endswith(".py") else b""
        if any(name in data for name in names):
            sources[path] = parse_source(path, data)
    return dict(sorted(sources.items()))


def _proved(root: Path, journal: Journal) -> list[FileAdoption]:
    """The files with the loops that are proved; the others stay, and say what stands against them."""
    sources, layout = _sources(root, journal), layout_of(journal)

    def adopted(refused: Mapping[str, list[tuple[int, str]]]) -> list[FileAdoption]:
        return list(
            adopt_files(
                sources, registry_module=layout.registry_module, import_root=layout.import_root, refused=refused
            )
        )

    found = adopted({})
    unproved = {file.source.path: _unproved(file, layout.registry_module, adopted) for file in found if file.adopted}
    return adopted(unproved) if any(unproved.values()) else found


def _unproved(file: FileAdoption, registry_module: str, adopted: Any) -> list[tuple[int, str]]:
    """The loops of a file that are not proved, each looked at alone."""
    path = file.source.path
    stays: list[tuple[int, str]] = []
    if _finding(file, registry_module) is None:
        return stays
    for loop in file.adopted:
        others = [(other.line, "") for other in file.adopted if other is not loop]
        alone = next(each for each in adopted({path: others}) if each.source.path == path)
        finding = _finding(alone, registry_module)
        if finding is not None:
            stays.append((loop.line, finding))
    return stays or [(loop.line, "the loops are proved alone, and not together") for loop in file.adopted]


def _finding(file: FileAdoption, registry_module: str) -> str | None:
    path = file.source.path
    after = file.text.encode(file.source.encoding)
    proof = certify_adoption(before={path: file.source.data}, after={path: after}, registry_module=registry_module)
    return next(proof.findings(), None)


def _proof(root: Path, journal: Journal, changes: tuple[FileChange, ...]) -> Adoption:
    """The proof for the changed files, against the form in which the cutover finished them."""
    before = {change.path: finished_form(root, journal, change.path) or change.before or b"" for change in changes}
    after = {change.path: change.after or b"" for change in changes}
    return certify_adoption(before=before, after=after, registry_module=layout_of(journal).registry_module)
