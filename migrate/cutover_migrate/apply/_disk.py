"""Durable operations on files: each is one step that a crash falls either before or after.

Every operation first calls `step` with its name. In production that does nothing; the crash tests end the process
there, at every step in turn.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}

Step = Callable[[str], None]


def no_step(_: str) -> None:
    """Do nothing at a step."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Mode bits, user and group that a file is to have; -1 leaves the system's choice."""

    mode: int
    uid: int = -1
    gid: int = -1


def owner_of(path: Path) -> Owner | None:
    """Read mode, user and group of a file; None if there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Owner(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


PRIVATE = Owner(0o600)


@dataclass(frozen=True, slots=True)
class Disk:
    """Writes so that, once a call has returned, its effect outlives a crash."""

    step: Step = no_step

    def make_folder(self, folder: Path) -> None:
        """Make one folder, whose parent exists; one that is there is fine."""
        self.step(f"make folder {folder.name}")
        with suppress(FileExistsError):
            folder.mkdir()
        self.sync_folder(folder.parent)

    def write(self, path: Path, data: bytes, *, owner: Owner | None) -> None:
        """Write a file whole, not atomically; without `owner` it has the mode that the umask leaves."""
        self.step(f"open {path.name}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o666 if owner is None else PRIVATE.mode), "wb") as file:
            self.step(f"write {path.name}")
            file.write(data)
            file.flush()
            if owner is not None:
                _give(file.fileno(), owner)
            self.step(f"sync {path.name}")
            os.fsync(file.fileno())

    def replace(self, source: Path, target: Path) -> None:
        """Put `source` in the place of `target`, in one step."""
        self.step(f"replace {target.name}")
        os.replace(source, target)
        self.sync_folder(target.parent)

    def remove(self, path: Path) -> None:
        """Remove a file; one that is gone is fine."""
        self.step(f"remove {path.name}")
        path.unlink(missing_ok=True)
        self.sync_folder(path.parent)

    def remove_folder(self, folder: Path) -> None:
        """Remove a folder if it is empty or holds nothing but Python's cached bytecode; otherwise leave it."""
        self.step(f"remove folder {folder.name}")
        _remove_bytecode(folder)
        with suppress(OSError):
            folder.rmdir()
            self.sync_folder(folder.parent)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable, where its file system has a way to."""
        self.step(f"sync folder {folder.name}")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in NO_FOLDER_SYNC:
                raise
        finally:
            os.close(descriptor)

    def clear(self, folder: Path) -> None:
        """Remove a folder of ours with all that is in it, not durably; one that is gone is fine."""
        if not folder.is_dir() or folder.is_symlink():
            return
        for child in sorted(folder.iterdir()):
            if child.is_dir() and not child.is_symlink():
                self.clear(child)
            else:
                self.step(f"clear {child.name}")
                child.unlink(missing_ok=True)
        self.step(f"clear {folder.name}")
        folder.rmdir()


def _give(descriptor: int, owner: Owner) -> None:
    found = os.fstat(descriptor)
    if owner.uid not in {-1, found.st_uid} or owner.gid not in {-1, found.st_gid}:
        os.fchown(descriptor, owner.uid, owner.gid)
    os.fchmod(descriptor, owner.mode)


def _remove_bytecode(folder: Path) -> None:
    cache = folder / "__pycache__"
    if cache.is_symlink() or not cache.is_dir() or any(child != cache for child in folder.iterdir()):
        return
    cached = list(cache.iterdir())
    if all(child.suffix == ".pyc" for child in cached):
        for child in cached:
            child.unlink(missing_ok=True)
        cache.rmdir()
