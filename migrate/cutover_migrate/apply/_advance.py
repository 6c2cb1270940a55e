"""A further set of changes on top of those that were applied, as one transaction: finish, or undo of some sites.

Edits made between the two are carried into what is written, and into the kept original, so that a later undo gives them
back as well. A file that is again as it was before `apply` is no longer ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cutover_migrate.apply._change import FileChange, digest, locate, read_bytes
from cutover_migrate.apply._commit import Committed, committed, copies_of, copy_owners, journal_file, project_changes
from cutover_migrate.apply._disk import Disk, Step, no_step
from cutover_migrate.apply._journal import (
    FINISHED,
    JOURNAL,
    Journal,
    JournalFile,
    State,
    applied_of,
    details_of,
    keep,
    original_of,
    read_journal,
)
from cutover_migrate.apply._rebase import Blocked, rebase, unblocked
from cutover_migrate.apply._staging import Order, missing_folders
from cutover_migrate.apply._transaction import command, transact
from cutover_migrate.apply.errors import FileChanged, WrongState


@dataclass(frozen=True, slots=True)
class _Next:
    """One file's part in the step: what to write now, and what undo is to know of it from then on."""

    change: FileChange
    original: bytes | None
    applied: bytes | None
    mode: int | None


def advance(
    root: Path | str,
    changes: Sequence[FileChange],
    *,
    journal: Mapping[str, Any],
    state: State = "finished",
    needs: State = "applied",
    name: str = "finish",
    witnesses: Mapping[str, bytes] = MappingProxyType({}),
    step: Step = no_step,
) -> Committed:
    """Write the next set of changes and bring the journal from `needs` to `state`, or change nothing.

    A change's `before` is the file either as this program wrote it (edits made since are then merged) or as it is now.
    `name` is the command's, for what is said when it is refused or interrupted. `witnesses`, files as the cutover
    finished them, are kept beside the journal.

    Raises:
        JournalError: Nothing was applied, or it is finished already.
        EditConflict: Edits made since would be lost.
        ChangeRefused: A file is not `before`, exists, is read-only, or lies outside; nothing was written.
        CommandRunning: Another command is at work.
        WriteFailed: The system refused in the middle; everything was put back.
    """
    disk = Disk(step)
    with command(name, root, disk=disk) as real:
        done = read_journal(real)
        if done.state != needs:
            raise WrongState(JOURNAL, command=name, state=done.state, advice=f"there is nothing left to {name}")
        following = _follow(real, done, project_changes(changes), name=name)
        writes = [each.change for each in following if each.change.before != each.change.after]
        folders = missing_folders(real, [locate(real, c.path) for c in writes if c.after is not None])
        after = _journal_after(done, following, folders, state=state, details=details_of(journal))
        copies = [copy for each in following for copy in _copies(real, each)]
        kept = (keep(real, f"{FINISHED}/{path}", data) for path, data in witnesses.items())
        copies += [copy for copy in kept if copy.before != copy.after]
        order = Order(name, (*writes, *copies, keep(real, JOURNAL, after.encode())), owners=copy_owners(real, writes))
        transact(real, order, disk=disk)
    return committed(writes, folders)


def _follow(root: Path, done: Journal, changes: Sequence[FileChange], *, name: str) -> list[_Next]:
    results: dict[str, _Next | Blocked] = {}
    for change in changes:
        file = done.file(change.path)
        results[change.path] = _first(root, change) if file is None else _again(root, file, change)
    return [_forgotten(each) for each in unblocked(name, results).values()]


def _first(root: Path, change: FileChange) -> _Next:
    return _Next(change, change.before, change.after, journal_file(root, change).mode)


def _again(root: Path, file: JournalFile, change: FileChange) -> _Next | Blocked:
    original, applied = original_of(root, file), applied_of(root, file)
    current = read_bytes(root / locate(root, file.path))
    carried = rebase(applied, current=current, wanted=original)
    if change.before == applied:
        result = rebase(applied, current=current, wanted=change.after)
        if isinstance(result, Blocked):
            return result
        write = FileChange(change.path, current, result.data)
        if result.edited and not isinstance(carried, Blocked):
            return _Next(write, carried.data, result.data, file.mode)
        return _Next(write, original, change.after, file.mode)
    if change.before != current:
        raise FileChanged([change.path])
    if original is None:
        return _Next(change, None, applied, file.mode)
    return carried if isinstance(carried, Blocked) else _Next(change, carried.data, change.after, file.mode)


def _forgotten(each: _Next) -> _Next:
    """The same, and nothing for undo to know of a file that is as it was before."""
    return replace(each, original=None, applied=None) if each.original == each.applied else each


def _journal_after(
    done: Journal, following: Sequence[_Next], folders: tuple[str, ...], *, state: State, details: Mapping[str, Any]
) -> Journal:
    files = {file.path: file for file in done.files}
    for each in following:
        path = each.change.path
        if each.original is None and each.applied is None:
            files.pop(path, None)
        else:
            files[path] = JournalFile(
                path, each.original is None, digest(each.original), digest(each.applied), each.mode
            )
    return replace(
        done,
        state=state,
        files=tuple(files.values()),
        folders=tuple(dict.fromkeys((*done.folders, *folders))),
        details={**done.details, **details},
    )


def _copies(root: Path, following: _Next) -> list[FileChange]:
    return list(copies_of(root, FileChange(following.change.path, following.original, following.applied)))
