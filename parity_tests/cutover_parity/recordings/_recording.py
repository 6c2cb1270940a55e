"""Recordings on disk: JSON lines, a header first, then one self-contained line per route.

    {"format": "cutover-recording", "version": 2}
    {"id": "…", "request": {…}, "answer": {…}, "exchanges": [{"request": {…}, "answer": {…}, …}], "error": null}
    {"summary": {"recorded": 812, "dropped: queue full": 3}}

A recording is one file, or a folder of such files, which are rotated by size. What is written holds no secret.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Self

from cutover_parity._messages import Json, Route
from cutover_parity.errors import NotFinishable, SecretLeft
from cutover_parity.recordings._reading import Damage, Recording, read_recording, read_routes, read_summary
from cutover_parity.recordings._segments import SEGMENT_BYTES, SegmentWriter, segments
from cutover_parity.secrets._content import ContentMask
from cutover_parity.secrets._scan_secrets import SecretFound, scan_file
from cutover_parity.secrets._secrets import Scrubber

__all__ = [
    "Damage",
    "Recording",
    "RecordingWriter",
    "SecretFound",
    "check_recording",
    "finish_recording",
    "read_recording",
    "read_routes",
    "read_summary",
]
_MOST_NAMED = 20
_ASIDE = ".unfinished"


class RecordingWriter:
    """Appends routes to a recording, scrubbed and masked; several threads and processes may append to one recording.

    `path` is a file, or a folder of segments if it is one already or its name has no suffix. `content` are the paths
    whose content is kept ("messages.*.content", "*"), `kept` values that are structure whatever they look like.
    `allowed` are places that may hold what looks like a secret, as `check_recording` names them.
    """

    def __init__(
        self,
        path: Path,
        *,
        scrubber: Scrubber | None = None,
        content: Iterable[str] = (),
        kept: Iterable[str] = (),
        allowed: Collection[str] = (),
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self.path = path
        self._scrubber = scrubber or Scrubber()
        self._mask = ContentMask(self._scrubber.derived_key(b"content"), content=content, kept=kept)
        self._allowed = allowed
        self._lines = SegmentWriter(path, segment_bytes=segment_bytes)

    def write(self, route: Route) -> None:
        """Append one route."""
        self._append(self._mask.route(self._scrubber.route(route)).to_json())

    def summarise(self, counts: Mapping[str, int]) -> None:
        """Append counts, of dropped routes by reason say; those of all writers are added up by `read_summary`."""
        self._append({"summary": dict(counts)})

    def close(self) -> None:
        """Flush to the disk, close, and look through what was written since this writer began.

        Raises SecretLeft if something still looks like a secret; the file then stays beside as `.unfinished`.
        """
        self._lines.close()
        found: list[SecretFound] = []
        unfinished = []
        for path, start in self._lines.begun.items():
            left = list(scan_file(path, start=start, allowed=self._allowed)) if path.exists() else []
            if left:
                unfinished.append(_set_aside(path))
            found += left
        if found:
            raise SecretLeft(self.path, tuple(map(str, found[:_MOST_NAMED])), len(found), tuple(unfinished))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, data: Json) -> None:
        line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        self._lines.append(line.encode(errors="backslashreplace") + b"\n")


def check_recording(path: Path, *, allowed: Collection[str] = ()) -> tuple[SecretFound, ...]:
    """Give every place of a recording, or of a file that was set aside, that looks like a secret."""
    return tuple(found for file in segments(path) for found in scan_file(file, allowed=allowed))


def finish_recording(path: Path, *, allowed: Collection[str] = ()) -> Path:
    """Give a file that was set aside its name back; raises SecretLeft while it holds what looks like a secret."""
    found = check_recording(path, allowed=allowed)
    if found:
        raise SecretLeft(path, tuple(map(str, found[:_MOST_NAMED])), len(found), (path,))
    name, mark, _ = path.name.rpartition(_ASIDE)
    if not mark:
        raise NotFinishable(path, f"its name has no {_ASIDE}")
    finished = path.with_name(name)
    if finished.exists():
        raise NotFinishable(path, f"{finished} is there already")
    return path.rename(finished)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}{_ASIDE}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}{_ASIDE}-{number}")
    return path.rename(aside)
