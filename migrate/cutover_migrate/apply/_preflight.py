"""Everything that can be refused is refused here, before the first byte is written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cutover_migrate.apply._change import FileChange, locate, read_bytes
from cutover_migrate.apply._lock import FOLDER
from cutover_migrate.apply.errors import FileChanged, NotWritable, PathRefused, TargetExists

FULL = os.R_OK | os.W_OK | os.X_OK
EFFECTIVE = os.access in os.supports_effective_ids


def check_root(root: Path) -> Path:
    """Give the real project root, after checking that `.cutover` can be written in it.

    Raises:
        PathRefused: The root is no folder.
        NotWritable: The root, or the `.cutover` in it, is read-only.
    """
    real = Path(os.path.realpath(root))
    if not real.is_dir():
        raise PathRefused(str(root), "it is not a folder")
    folder = real / FOLDER if (real / FOLDER).exists() else real
    if not _may(folder, FULL):
        raise NotWritable([(FOLDER if folder != real else str(root), "read-only folder")])
    return real


def check_changes(root: Path, changes: Sequence[FileChange]) -> Mapping[str, str]:
    """Check each change against the tree; give the file behind each path, relative to the root.

    Raises:
        PathRefused: A path leaves the root, is no plain file, or stands twice.
        NotWritable: Files or their folders are read-only, or could not keep their owner.
        TargetExists: Files that are to be created are there.
        FileChanged: Files are not `before`.
    """
    targets = {change.path: locate(root, change.path) for change in changes}
    _check_apart(changes, targets)
    reasons = list(dict.fromkeys(_obstacles(root, targets)))
    if reasons:
        raise NotWritable(reasons)
    found = {change.path: read_bytes(root / targets[change.path]) for change in changes}
    exist = [change.path for change in changes if change.before is None and found[change.path] is not None]
    if exist:
        raise TargetExists(exist)
    changed = [change.path for change in changes if change.before != found[change.path]]
    if changed:
        raise FileChanged(changed)
    return targets


def _check_apart(changes: Sequence[FileChange], targets: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for path, target in targets.items():
        if target.startswith(f"{FOLDER}/") and not path.startswith(f"{FOLDER}/"):
            raise PathRefused(path, f"it leads into {FOLDER}")
    for change in changes:
        target = targets[change.path]
        if target in seen:
            raise PathRefused(change.path, f"it is the same file as {seen[target]!r}")
        seen[target] = change.path
    for path, target in targets.items():
        above = next((str(parent) for parent in Path(target).parents if str(parent) in seen), None)
        if above is not None:
            raise PathRefused(path, f"{above} is to be a file, not a folder")


def _obstacles(root: Path, targets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path, target in targets.items():
        file = root / target
        if file.exists() and not _may(file, os.R_OK | os.W_OK):
            yield path, "read-only file"
        elif file.exists() and not _keeps_owner(file):
            yield path, f"belongs to user {file.stat().st_uid}, and only that user can keep it so"
        folder = file.parent
        while not folder.exists():
            folder = folder.parent
        if not _may(folder, FULL):
            yield folder.relative_to(root).as_posix(), "read-only folder"


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=EFFECTIVE)


def _keeps_owner(file: Path) -> bool:
    found = file.stat()
    groups = {os.getegid(), *os.getgroups()}
    return os.geteuid() in {0, found.st_uid} and (os.geteuid() == 0 or found.st_gid in groups)
