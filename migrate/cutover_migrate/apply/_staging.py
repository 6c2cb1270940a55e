"""What a transaction is about to do, written down whole before it does any of it.

`.cutover/txn/` holds `manifest.json`, the bytes before in `old/<n>` and after in `new/<n>`; a file `commit` in it says
that all of this is complete and is to be carried out, a file `abort` that it is to be taken back.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from cutover_migrate.apply._change import FileChange, digest, locate
from cutover_migrate.apply._disk import PRIVATE, Disk, Owner, owner_of
from cutover_migrate.apply._lock import FOLDER
from cutover_migrate.apply.errors import ApplyError, RecoveryBlocked

TXN = "txn"
DONE = "txn-done"
MANIFEST = "manifest.json"
COMMIT = "commit"
ABORT = "abort"
VERSION = 1
REMEDY = f"compare the copies in {FOLDER}/{TXN}/old with the project by hand, then remove {FOLDER}/{TXN}"


@dataclass(frozen=True, slots=True)
class Order:
    """What a command wants done as one transaction; files in this order, then the folders, if they are empty."""

    command: str
    changes: tuple[FileChange, ...]
    owners: Mapping[str, Owner] = field(default_factory=dict)
    remove_folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a transaction: the file behind `path`, its digests, its owner."""

    path: str
    target: str
    before: str | None
    after: str | None
    owner: Owner | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A staged transaction; folders from the root downwards."""

    id: str
    command: str
    entries: tuple[Entry, ...]
    make_folders: tuple[str, ...]
    remove_folders: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the project's own files."""
        return tuple(entry.path for entry in self.entries if not entry.path.startswith(f"{FOLDER}/"))


def txn_folder(root: Path) -> Path:
    """Give the folder in which a transaction is staged."""
    return root / FOLDER / TXN


def stage(root: Path, order: Order, *, targets: Mapping[str, str], disk: Disk) -> Manifest:
    """Write all that the transaction needs under `.cutover/txn`, durably; the project is untouched."""
    folder = txn_folder(root)
    for each in (folder, folder / "old", folder / "new"):
        disk.make_folder(each)
    for number, change in enumerate(order.changes):
        for side, data in (("old", change.before), ("new", change.after)):
            if data is not None:
                disk.write(folder / side / str(number), data, owner=PRIVATE)
    manifest = _manifest(root, order, targets)
    text = json.dumps({"version": VERSION, **asdict(manifest)}, indent=1)
    disk.write(folder / MANIFEST, text.encode(), owner=PRIVATE)
    for each in (folder / "old", folder / "new", folder):
        disk.sync_folder(each)
    return manifest


def load(root: Path) -> Manifest:
    """Read a staged transaction back.

    Raises:
        RecoveryBlocked: It is damaged, or leads out of the project.
    """
    path = f"{FOLDER}/{TXN}/{MANIFEST}"
    try:
        manifest = _from_json(json.loads((root / path).read_bytes()))
        for entry in manifest.entries:
            if locate(root, entry.target) != entry.target:
                raise ValueError(f"{entry.path} is now behind a link")
        for name in (*manifest.make_folders, *manifest.remove_folders):
            locate(root, f"{name}/x")
    except (OSError, ValueError, TypeError, KeyError, RecursionError, ApplyError) as error:
        raise RecoveryBlocked(path, f"is damaged ({error})", REMEDY) from error
    return manifest


def missing_folders(root: Path, targets: Sequence[str]) -> tuple[str, ...]:
    """Name the folders that are not there and that these files need, from the root downwards."""
    parents = {str(parent) for target in targets for parent in PurePosixPath(target).parents}
    return tuple(
        sorted((name for name in parents if not (root / name).exists()), key=lambda name: (name.count("/"), name))
    )


def is_own(root: Path, name: str) -> bool:
    """Tell whether a name in the project is reached without any link."""
    return os.path.realpath(root / name) == str(root / name)


def _manifest(root: Path, order: Order, targets: Mapping[str, str]) -> Manifest:
    entries = tuple(
        Entry(
            path=change.path,
            target=targets[change.path],
            before=digest(change.before),
            after=digest(change.after),
            owner=owner_of(root / targets[change.path]) or order.owners.get(change.path),
        )
        for change in order.changes
    )
    written = [entry.target for entry in entries if entry.after is not None]
    removable = [name for name in order.remove_folders if is_own(root, name) and (root / name).is_dir()]
    return Manifest(
        id=secrets.token_hex(6),
        command=order.command,
        entries=entries,
        make_folders=missing_folders(root, written),
        remove_folders=tuple(sorted(removable, key=lambda name: (name.count("/"), name))),
    )


def _from_json(found: Mapping[str, Any]) -> Manifest:
    if found["version"] != VERSION or not re.fullmatch("[0-9a-f]{12}", found["id"]):
        raise ValueError("unknown version or id")
    return Manifest(
        id=found["id"],
        command=str(found["command"]),
        entries=tuple(_entry(entry) for entry in found["entries"]),
        make_folders=tuple(found["make_folders"]),
        remove_folders=tuple(found["remove_folders"]),
    )


def _entry(found: Mapping[str, Any]) -> Entry:
    owner = None if found["owner"] is None else Owner(**found["owner"])
    entry = Entry(**{**found, "owner": owner})
    texts = (entry.path, entry.target, entry.before or "", entry.after or "")
    numbers = () if owner is None else (owner.mode, owner.uid, owner.gid)
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(number, int) for number in numbers):
        raise TypeError(f"entry of {entry.path!r}")
    return entry
