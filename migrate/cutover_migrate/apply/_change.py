"""What is to become of one file: the record that deciding hands to doing, and the rules for its path.

A path is relative to the project root and in POSIX form; it may neither leave the root by its text (`..`) nor by a
link. A link that stays inside is followed: the file behind it is written, and the link stays a link.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from cutover_migrate.apply.errors import PathRefused


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file's bytes before and after; None stands for "does not exist"."""

    path: str
    before: bytes | None
    after: bytes | None


def digest(data: bytes | None) -> str | None:
    """Give the SHA-256 of these bytes in hexadecimal, None for no file."""
    return None if data is None else sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes | None:
    """Read a file whole; None if there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def locate(root: Path, path: str) -> str:
    """Give the path, relative to `root` (already real), of the plain file that `path` means, links followed.

    Raises:
        PathRefused: It leaves the root, or something else than a plain file is there.
    """
    _check_text(path)
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or real == root:
        raise PathRefused(path, f"it leads out of the project, to {real}")
    try:
        if real.is_symlink() or ((root / path).is_symlink() and not real.exists()):
            raise PathRefused(path, "it is a link that leads nowhere")
        _check_kind(path, real)
    except OSError as error:
        raise PathRefused(path, f"the system does not allow it ({error.strerror})") from error
    return real.relative_to(root).as_posix()


def _check_text(path: str) -> None:
    parts = path.split("/")
    if not path or "\0" in path or path.startswith("/") or any(part in {"", ".", ".."} for part in parts):
        raise PathRefused(path, "a path must be relative to the project root, without '.', '..' or empty parts")
    if PurePosixPath(path).as_posix() != path:
        raise PathRefused(path, "a path must be in POSIX form")


def _check_kind(path: str, real: Path) -> None:
    try:
        mode = real.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        raise PathRefused(path, "a folder is there" if stat.S_ISDIR(mode) else "what is there is no plain file")
    parent = real.parent
    while not parent.exists():
        parent = parent.parent
    if mode is None and not parent.is_dir():
        raise PathRefused(path, f"{parent.name} is a file, not a folder")
