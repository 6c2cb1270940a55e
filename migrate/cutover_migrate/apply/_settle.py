"""Carry a staged transaction out, or take it back; each from whatever point an earlier try has reached."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cutover_migrate.apply._change import digest, read_bytes
from cutover_migrate.apply._disk import Disk
from cutover_migrate.apply._lock import FOLDER
from cutover_migrate.apply._staging import DONE, REMEDY, TXN, Entry, Manifest, txn_folder
from cutover_migrate.apply.errors import FileChanged, RecoveryBlocked


def carry_out(root: Path, manifest: Manifest, *, disk: Disk, begun: list[int]) -> None:
    """Bring every file to its state after; `begun` collects the numbers of the entries that were touched.

    Raises:
        FileChanged: A file is neither as before nor as after.
    """
    for name in manifest.make_folders:
        disk.make_folder(root / name)
    for number, entry in enumerate(manifest.entries):
        begun.append(number)
        if not _put(root, manifest, number, want=entry.after, other=entry.before, disk=disk):
            begun.pop()
            raise FileChanged([entry.path])
    for name in reversed(manifest.remove_folders):
        disk.remove_folder(root / name)


def take_back(root: Path, manifest: Manifest, *, disk: Disk, begun: Sequence[int]) -> None:
    """Bring the entries with these numbers to their state before.

    Raises:
        RecoveryBlocked: A file is neither as before nor as after.
    """
    for name in manifest.remove_folders:
        disk.make_folder(root / name)
    for number in reversed(begun):
        entry = manifest.entries[number]
        if not _put(root, manifest, number, want=entry.before, other=entry.after, disk=disk):
            raise blocked(entry, number)
    for name in reversed(manifest.make_folders):
        disk.remove_folder(root / name)


def drop(root: Path, *, disk: Disk) -> None:
    """Forget the staged transaction: by one rename, then clearing what no command reads any more."""
    sweep(root, disk=disk)
    folder = txn_folder(root)
    if folder.is_dir():
        disk.replace(folder, root / FOLDER / DONE)
        with suppress(OSError):
            sweep(root, disk=disk)


def sweep(root: Path, *, disk: Disk) -> None:
    """Clear what a finished transaction left."""
    disk.clear(root / FOLDER / DONE)


def blocked(entry: Entry, number: int) -> RecoveryBlocked:
    """Say that someone changed a file between the interrupted command and now."""
    copies = f"{FOLDER}/{TXN}/old/{number} or {FOLDER}/{TXN}/new/{number}"
    return RecoveryBlocked(
        entry.path,
        "has been changed since by someone else",
        f"save your version elsewhere, put the copy {copies} in its place, then run the command again",
    )


def _put(root: Path, manifest: Manifest, number: int, *, want: str | None, other: str | None, disk: Disk) -> bool:
    entry = manifest.entries[number]
    target = root / entry.target
    temporary = target.with_name(f".cutover-{manifest.id}-{number}.tmp")
    found = digest(read_bytes(target))
    if found not in {want, other}:
        return False
    if found == want:
        if temporary.exists():
            disk.remove(temporary)
    elif want is None:
        disk.remove(target)
    else:
        side = "new" if want == entry.after else "old"
        data = (txn_folder(root) / side / str(number)).read_bytes()
        if digest(data) != want:
            raise RecoveryBlocked(
                entry.path, f"cannot be written, as its copy {FOLDER}/{TXN}/{side}/{number} is damaged", REMEDY
            )
        disk.write(temporary, data, owner=entry.owner)
        disk.replace(temporary, target)
    return True
