"""Apply: write a set of changes, and the journal that can take them back, as one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover_migrate.apply._change import FileChange, digest, locate
from cutover_migrate.apply._disk import Disk, Owner, Step, no_step, owner_of
from cutover_migrate.apply._journal import (
    APPLIED,
    JOURNAL,
    ORIGINALS,
    SWITCH,
    Journal,
    JournalFile,
    details_of,
    keep,
    read_journal,
)
from cutover_migrate.apply._lock import FOLDER
from cutover_migrate.apply._staging import Order, missing_folders
from cutover_migrate.apply._transaction import command, transact
from cutover_migrate.apply.errors import JournalMissing, PathRefused, WrongState


@dataclass(frozen=True, slots=True)
class Committed:
    """The changes are written; `folders` were created for them."""

    written: tuple[str, ...]
    created: tuple[str, ...]
    removed: tuple[str, ...]
    folders: tuple[str, ...]


def commit(
    root: Path | str, changes: Sequence[FileChange], *, journal: Mapping[str, Any], step: Step = no_step
) -> Committed:
    """Write all changes and the journal, or nothing.

    `journal` has the parts that the caller owns (`sites`, `modules`, `generated`); this package adds its own. A change
    whose `after` is its `before` is left out. `step` is called before each operation on the disk, with its name.

    Raises:
        ChangeRefused: A file is not `before`, exists, is read-only, or lies outside; nothing was written.
        WrongState: Something is applied here already.
        CommandRunning: Another command is at work.
        WriteFailed: The system refused in the middle; everything was put back.
    """
    disk = Disk(step)
    with command("apply", root, disk=disk) as real:
        _check_fresh(real)
        real_changes = project_changes(changes)
        targets = [locate(real, change.path) for change in real_changes if change.after is not None]
        folders = missing_folders(real, targets)
        state = Journal(
            "applied",
            tuple(journal_file(real, change) for change in real_changes),
            folders=folders,
            switch=(real / SWITCH).exists(),
            details=details_of(journal),
        )
        copies = [copy for change in real_changes for copy in copies_of(real, change)]
        order = Order(
            "apply",
            (*real_changes, *copies, keep(real, JOURNAL, state.encode())),
            owners=copy_owners(real, real_changes),
        )
        transact(real, order, disk=disk)
    return committed(real_changes, folders)


def committed(changes: Sequence[FileChange], folders: tuple[str, ...]) -> Committed:
    """Sort the paths of changes by what became of them."""
    return Committed(
        written=tuple(c.path for c in changes if c.before is not None and c.after is not None),
        created=tuple(c.path for c in changes if c.before is None),
        removed=tuple(c.path for c in changes if c.after is None),
        folders=folders,
    )


def project_changes(changes: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """Leave out changes that change nothing; refuse those to `.cutover`, which holds only what commands put there."""
    for change in changes:
        if change.path.split("/")[0] == FOLDER:
            raise PathRefused(change.path, f"{FOLDER} is not part of the project")
    return tuple(change for change in changes if change.before != change.after)


def journal_file(root: Path, change: FileChange) -> JournalFile:
    """Give the journal's entry for a change that is about to be made."""
    owner = owner_of(root / change.path)
    return JournalFile(
        path=change.path,
        created=change.before is None,
        before_sha256=digest(change.before),
        after_sha256=digest(change.after),
        mode=None if owner is None or change.before is None else owner.mode,
    )


def copies_of(root: Path, change: FileChange) -> Iterator[FileChange]:
    """Give the changes that keep the bytes before and after beside the journal."""
    for folder, data in ((ORIGINALS, change.before), (APPLIED, change.after)):
        copy = keep(root, f"{folder}/{change.path}", data)
        if copy.before != copy.after:
            yield copy


def copy_owners(root: Path, changes: Sequence[FileChange]) -> dict[str, Owner]:
    """Give copies the mode of their file, so that what only its owner may read stays so."""
    owners: dict[str, Owner] = {}
    for change in changes:
        found = owner_of(root / change.path)
        if found is not None:
            owners |= {f"{folder}/{change.path}": Owner(found.mode) for folder in (ORIGINALS, APPLIED)}
    return owners


def _check_fresh(root: Path) -> None:
    try:
        state = read_journal(root).state
    except JournalMissing:
        return
    raise WrongState(
        JOURNAL, command="apply", state=state, advice="run `cutover undo` first, then plan and apply again"
    )
