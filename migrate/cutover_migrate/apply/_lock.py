"""One command at a time: `.cutover/lock`, held by flock and naming the process that holds it.

The lock ends with its process, however that ends. The file is removed when the lock is released, and with it an empty
`.cutover`, so that a command that wrote nothing leaves nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cutover_migrate.apply.errors import CommandRunning, PathRefused

FOLDER = ".cutover"
LOCK = "lock"


@contextmanager
def command_lock(root: Path) -> Iterator[None]:
    """Hold the project's lock, making `.cutover` if need be.

    Raises:
        CommandRunning: Another process holds it.
        PathRefused: `.cutover` is something else than a folder.
    """
    folder = root / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PathRefused(FOLDER, "it must be a folder, not a link or a file")
    descriptor = _acquire(root, folder / LOCK)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
            folder.rmdir()
        os.close(descriptor)


def _acquire(root: Path, path: Path) -> int:
    while True:
        with suppress(FileExistsError):
            path.parent.mkdir()
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _holder(descriptor)
            os.close(descriptor)
            raise CommandRunning(str(root), pid) from None
        if _is_still(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return descriptor
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> int | None:
    text = os.pread(descriptor, 20, 0)
    return int(text) if text.isdigit() else None
