"""The files of a recording: one file, or a folder of segment files that are rotated by size.

Several processes may append to one recording. An append is one write of whole lines under the file's lock, so a crash
can at worst tear the last line; whoever appends next cuts the torn line off.
"""

import errno
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cutover_parity._messages import Json
from cutover_parity.errors import NewerRecording, NotARecording

FORMAT = "cutover-recording"
VERSION = 2
SEGMENT_BYTES = 64 * 1024 * 1024
HEADER = json.dumps({"format": FORMAT, "version": VERSION}).encode() + b"\n"
_SUFFIX = ".jsonl"
_LONGEST_HEADER = 4096
_BLOCK = 65536


def is_folder(path: Path) -> bool:
    """Whether a recording at this path is a folder of segments: it is one already, or its name has no suffix."""
    return path.is_dir() or (not path.exists() and not path.suffix)


def segments(path: Path) -> tuple[Path, ...]:
    """Give the files of a recording in the order in which they were begun; raise NotARecording if there is none."""
    if not path.is_dir():
        return (path,)
    found = tuple(sorted(path.glob(f"*{_SUFFIX}")))
    if not found:
        raise NotARecording(path, f"it is a folder without a segment (*{_SUFFIX})")
    return found


def check_header(path: Path, line: bytes) -> None:
    """Raise NotARecording or NewerRecording unless this first line is a header that can be read."""
    try:
        header: Json = json.loads(line)
    except (ValueError, RecursionError):
        raise NotARecording(path, "it is empty" if not line else "it is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise NotARecording(path, f"it is {line.strip()[:60].decode(errors='replace')}")
    version = header.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise NewerRecording(path, version, VERSION)


class SegmentWriter:
    """Appends whole lines to a recording's last segment and begins the next one when that is full.

    It can be shared by threads, and by processes that were forked off with it. `begun` says where in each segment this
    writer began.
    """

    def __init__(self, path: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.path = path
        self._segment_bytes = segment_bytes
        self._folder = is_folder(path)
        self._guard = threading.Lock()
        self.begun: dict[Path, int] = {}
        self._open()

    def append(self, line: bytes) -> None:
        """Append one line; when it does not fit on the disk, nothing of it stays and OSError is raised."""
        with self._guard:
            if os.getpid() != self._process:
                os.close(self._file)
                self._open()
            self._rotate()
            with _locked(self._file):
                _mend(self._file)
                _write(self._file, line)

    def close(self) -> None:
        """Flush to the disk and close."""
        with self._guard:
            os.fsync(self._file)
            os.close(self._file)

    def _open(self) -> None:
        self._process = os.getpid()
        self.current = self._last() if self._folder else self.path
        self._begin()

    def _begin(self) -> None:
        self._file = _opened(self.current)
        self.begun.setdefault(self.current, os.fstat(self._file).st_size)

    def _last(self) -> Path:
        found = sorted(self.path.glob(f"*{_SUFFIX}")) if self.path.is_dir() else []
        return found[-1] if found else self.path / f"{1:06}{_SUFFIX}"

    def _rotate(self) -> None:
        while self._folder and os.fstat(self._file).st_size >= self._segment_bytes:
            os.fsync(self._file)
            os.close(self._file)
            self.current = _next(self.current)
            self._begin()


def _next(segment: Path) -> Path:
    number = int(segment.stem) + 1 if segment.stem.isdigit() else 1
    return segment.with_name(f"{number:06}{_SUFFIX}")


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        with _locked(file):
            _make_ready(path, file)
    except BaseException:
        os.close(file)
        raise
    return file


def _make_ready(path: Path, file: int) -> None:
    start = os.pread(file, _LONGEST_HEADER, 0)
    if not start or HEADER.startswith(start):
        os.ftruncate(file, 0)
        _write(file, HEADER)
        return
    check_header(path, start.split(b"\n", 1)[0])
    _mend(file)


def _mend(file: int) -> None:
    """Cut a torn last line off."""
    end = os.fstat(file).st_size
    if not end or os.pread(file, 1, end - 1) == b"\n":
        return
    while end:
        start = max(0, end - _BLOCK)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            os.ftruncate(file, start + newline + 1)
            return
        end = start
    os.ftruncate(file, 0)


def _write(file: int, line: bytes) -> None:
    size = os.fstat(file).st_size
    try:
        whole = os.write(file, line) == len(line)
    except OSError:
        os.ftruncate(file, size)
        raise
    if not whole:
        os.ftruncate(file, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def _locked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
