"""Settle what an interrupted command left: forward if it had marked its work complete, else back.

Every command calls `recover` first. It may itself be interrupted anywhere; the next call goes on from there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cutover_migrate.apply._disk import Disk, Step, no_step
from cutover_migrate.apply._lock import FOLDER, LOCK, command_lock
from cutover_migrate.apply._settle import blocked, carry_out, drop, sweep, take_back
from cutover_migrate.apply._staging import ABORT, COMMIT, DONE, TXN, load, txn_folder
from cutover_migrate.apply.errors import FileChanged, RecoveryBlocked


@dataclass(frozen=True, slots=True)
class NothingToRecover:
    """No command was interrupted here, or it had nothing left to do."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The command was interrupted before its work was complete: the project is as it was before that command."""

    command: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolledForward:
    """The command was interrupted while it wrote: it has been completed."""

    command: str
    paths: tuple[str, ...]


Recovery = NothingToRecover | RolledBack | RolledForward


def recover(root: Path | str, *, step: Step = no_step) -> Recovery:
    """Settle what an interrupted command left in this project; writes nothing where there is nothing to settle.

    Raises:
        CommandRunning: The command is not interrupted but still at work.
        RecoveryBlocked: A file was changed by someone else since, or the system refuses to write.
    """
    real = Path(os.path.realpath(root))
    if not _left_behind(real / FOLDER):
        return NothingToRecover()
    try:
        with command_lock(real):
            return recover_locked(real, Disk(step))
    except OSError as error:
        raise RecoveryBlocked(
            f"{FOLDER}/{TXN}", f"cannot be settled ({error})", "remove the cause, then run the command again"
        ) from error


def recover_locked(root: Path, disk: Disk) -> Recovery:
    """Settle what is left, under the lock."""
    sweep(root, disk=disk)
    folder = txn_folder(root)
    if not folder.is_dir():
        return NothingToRecover()
    if (folder / ABORT).exists():
        manifest = load(root)
        take_back(root, manifest, disk=disk, begun=range(len(manifest.entries)))
        drop(root, disk=disk)
        return RolledBack(manifest.command, manifest.paths)
    if not (folder / COMMIT).exists():
        drop(root, disk=disk)
        return RolledBack("", ())
    manifest = load(root)
    try:
        carry_out(root, manifest, disk=disk, begun=[])
    except FileChanged as error:
        number = next(n for n, entry in enumerate(manifest.entries) if entry.path in error.paths)
        raise blocked(manifest.entries[number], number) from None
    drop(root, disk=disk)
    return RolledForward(manifest.command, manifest.paths)


def _left_behind(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    return any((folder / name).exists() for name in (TXN, DONE, LOCK)) or not any(folder.iterdir())
