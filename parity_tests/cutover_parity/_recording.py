"""Recordings on disk: JSON lines, a header first, then one self-contained record per route.

Append-only and crash-safe: a record is one write of one line, so a crash can at worst tear the last line. A torn last
line is dropped when reading (`Recording.torn` says so) and cut off when the file is appended to.

    {"format": "cutover-recording", "version": 1}
    {"id": "…", "request": {…}, "answer": {…}, "exchanges": [{"request": {…}, "answer": {…}, …}], "error": null}
"""

import errno
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cutover_parity._messages import Json, Route
from cutover_parity._secrets import Scrubber
from cutover_parity.errors import DamagedRecording, NewerRecording, NotARecording

FORMAT = "cutover-recording"
VERSION = 1
_HEADER = json.dumps({"format": FORMAT, "version": VERSION}).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Recording:
    """The routes of one file, in the order in which they ended."""

    path: Path
    routes: tuple[Route, ...]
    torn: bool = False


class RecordingWriter:
    """Appends routes to a recording, scrubbed; several processes may append to one file."""

    def __init__(self, path: Path, *, scrubber: Scrubber | None = None) -> None:
        self.path = path
        self._scrubber = scrubber or Scrubber()
        self._file = _open_for_append(path)

    def write(self, route: Route) -> None:
        """Append one route."""
        line = json.dumps(self._scrubber.route(route).to_json(), ensure_ascii=False, separators=(",", ":"))
        _append(self._file, line.encode() + b"\n")

    def close(self) -> None:
        """Flush to the disk and close."""
        os.fsync(self._file)
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_recording(path: Path) -> Recording:
    """Read a recording; raise NotARecording, NewerRecording or DamagedRecording with the place."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise NotARecording(path, f"it cannot be read ({error.strerror})") from error
    _check_header(path, lines[0])
    torn = lines.pop()
    routes = tuple(_route(path, number, line) for number, line in enumerate(lines[1:], start=2))
    return Recording(path, routes, torn=bool(torn) and len(lines) > 0)


def _check_header(path: Path, line: bytes) -> None:
    try:
        header: Json = json.loads(line)
    except ValueError:
        raise NotARecording(path, "it is empty" if not line else "it is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise NotARecording(path, f"it is {line[:60].decode(errors='replace')}")
    version = header.get("version")
    if type(version) is not int or version > VERSION:
        raise NewerRecording(path, version, VERSION)


def _route(path: Path, number: int, line: bytes) -> Route:
    try:
        return Route.from_json(json.loads(line))
    except ValueError as error:
        raise DamagedRecording(path, number, f"not JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedRecording(path, number, f"a field is missing or of the wrong kind: {error}") from error


def _append(file: int, line: bytes) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        size = os.fstat(file).st_size
        if os.write(file, line) < len(line):
            os.ftruncate(file, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _open_for_append(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        _make_ready(path, file)
    except BaseException:
        os.close(file)
        raise
    fcntl.flock(file, fcntl.LOCK_UN)
    return file


def _make_ready(path: Path, file: int) -> None:
    existing = path.read_bytes()
    if not existing:
        os.write(file, _HEADER)
        return
    _check_header(path, existing.split(b"\n", 1)[0])
    if not existing.endswith(b"\n"):
        os.ftruncate(file, existing.rfind(b"\n") + 1)
