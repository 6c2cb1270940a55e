"""Undo: every file as it was before `apply`, and nothing left that this program made.

Edits made since are merged, line by line; where they touch what is to be taken back, the whole undo is refused. Works
from the state "applied" as from "finished", since the journal keeps the originals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cutover_migrate.apply._change import FileChange, locate, read_bytes
from cutover_migrate.apply._disk import Disk, Owner, Step, no_step
from cutover_migrate.apply._journal import (
    APPLIED,
    FINISHED,
    JOURNAL,
    ORIGINALS,
    SWITCH,
    SWITCH_COMPANIONS,
    Journal,
    JournalFile,
    applied_of,
    keep,
    original_of,
    read_journal,
)
from cutover_migrate.apply._rebase import Blocked, Rebased, rebase, unblocked
from cutover_migrate.apply._staging import Order, is_own
from cutover_migrate.apply._transaction import command, transact


@dataclass(frozen=True, slots=True)
class Undone:
    """Everything is as before; `merged` files keep the edits that were made since."""

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    merged: tuple[str, ...]


def undo(root: Path | str, *, force: bool = False, step: Step = no_step) -> Undone:
    """Take everything back that was applied here, or change nothing.

    `force` removes created files that were edited since, and restores files that were removed since.

    Raises:
        JournalError: Nothing was applied, or the journal cannot be used.
        EditConflict: Edits made since would be lost.
        ChangeRefused: A file is read-only or has become something else.
        CommandRunning: Another command is at work.
        WriteFailed: The system refused in the middle; everything was put back.
    """
    disk = Disk(step)
    with command("undo", root, disk=disk) as real:
        journal = read_journal(real)
        found = {file.path: read_bytes(real / locate(real, file.path)) for file in journal.files}
        results = {file.path: _result(real, file, found[file.path], force=force) for file in journal.files}
        rebased = unblocked("undo", results)
        changes = [FileChange(path, found[path], result.data) for path, result in rebased.items()]
        transact(real, _order(real, journal, [c for c in changes if c.before != c.after]), disk=disk)
    return Undone(
        restored=tuple(path for path, result in rebased.items() if result.data is not None and not result.edited),
        removed=tuple(path for path, result in rebased.items() if result.data is None),
        merged=tuple(path for path, result in rebased.items() if result.edited),
    )


def _result(root: Path, file: JournalFile, current: bytes | None, *, force: bool) -> Rebased | Blocked:
    base, wanted = applied_of(root, file), original_of(root, file)
    result = rebase(base, current=current, wanted=wanted)
    if isinstance(result, Blocked) and force and (current is None or wanted is None):
        return Rebased(wanted, edited=False)
    return result


def _order(root: Path, journal: Journal, changes: Sequence[FileChange]) -> Order:
    copies = [
        path for folder in (ORIGINALS, APPLIED, FINISHED) for path in (root / folder, *(root / folder).rglob("*"))
    ]
    own = [name for name in (path.relative_to(root).as_posix() for path in copies) if is_own(root, name)]
    files = [name for name in own if (root / name).is_file()]
    if not journal.switch:
        files += [path for path in (SWITCH, *SWITCH_COMPANIONS) if (root / path).is_file()]
    folders = [name for name in own if (root / name).is_dir()]
    return Order(
        "undo",
        (*changes, *(keep(root, path, None) for path in [*files, JOURNAL])),
        owners={file.path: Owner(file.mode) for file in journal.files if file.mode is not None},
        remove_folders=(*journal.folders, *folders),
    )
