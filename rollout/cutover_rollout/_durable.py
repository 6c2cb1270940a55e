"""Files that are either the old ones or the new ones, whatever happens to the writer.

`replace_bytes` writes a temporary file beside the target, syncs it, renames it over the target and syncs the folder;
`append_line` adds one whole line; `exclusive` keeps writers apart, also of other processes. The lock is the kernel's,
so that it dies with its holder.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cutover_rollout._errors import SwitchFileBusy

LOCK_WAIT = 10.0  # seconds
LOCK_POLL = 0.01  # seconds
NEW_FILE_MODE = 0o644


@contextmanager
def exclusive(path: Path, *, wait: float = LOCK_WAIT) -> Iterator[None]:
    """Hold the lock of this file; SwitchFileBusy when another writer has it for longer than `wait` seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(descriptor, path, wait)
        yield
    finally:
        os.close(descriptor)


def replace_bytes(path: Path, content: bytes) -> None:
    """Make these bytes the file's content, all of them or none; the mode of an existing file stays.

    To be called by the holder of the lock: the temporary file has one name, so that a killed writer's is used again.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        _write_synced(temporary, content, mode=_mode(path))
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Append one line; a torn line that a killed writer left is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, NEW_FILE_MODE)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (b"\n" if torn else b"") + line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() >= deadline:
                raise SwitchFileBusy(path, waited=wait) from exc
            time.sleep(LOCK_POLL)
        else:
            return


def _write_synced(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return NEW_FILE_MODE


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
