"""Reads recordings as a stream, segment by segment and line by line, whatever their size.

    for entry in read_routes(Path("traffic")):
        match entry:
            case Route(): replay(entry)
            case Damage(): print(entry)

What cannot be read is reported at its place, and the rest is still delivered.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cutover_parity._messages import Json, Route
from cutover_parity.errors import DamagedRecording, NewerRecording, NotARecording
from cutover_parity.recordings._segments import check_header, segments

_LONGEST_HEADER = 4096
_LONGEST_LINE = 256 * 1024 * 1024
_CUT_OFF = "the line is cut off, as a crash leaves it"


@dataclass(frozen=True, slots=True)
class Damage:
    """One place of a recording that cannot be read; `torn`: the file's last line was cut off, as a crash leaves it."""

    path: Path
    line: int
    reason: str
    torn: bool = False

    def __str__(self) -> str:
        return str(self.error)

    @property
    def error(self) -> DamagedRecording:
        """The damage as the error that a strict reader raises."""
        return DamagedRecording(self.path, self.line, self.reason)


@dataclass(frozen=True, slots=True)
class Recording:
    """The routes of one recording, in the order in which they ended."""

    path: Path
    routes: tuple[Route, ...]
    torn: bool = False


def read_routes(path: Path, *, strict: bool = False) -> Iterator[Route | Damage]:
    """Read a recording, a file or a folder of segments, one route at a time.

    Raises NotARecording or NewerRecording at once if nothing here can be read; a segment beside good ones that cannot
    be read is a Damage. `strict`: the first Damage is raised as DamagedRecording.
    """
    files = segments(path)
    if len(files) == 1:
        with _opened(files[0]) as file:
            check_header(files[0], file.readline(_LONGEST_HEADER).rstrip(b"\n"))
    return _strictly(_entries(files)) if strict else _entries(files)


def read_recording(path: Path) -> Recording:
    """Read a whole recording into memory; any damage but a torn last line is raised."""
    routes, torn = [], False
    for entry in read_routes(path):
        if isinstance(entry, Route):
            routes.append(entry)
        elif entry.torn:
            torn = True
        else:
            raise entry.error
    return Recording(path, tuple(routes), torn)


def read_summary(path: Path) -> dict[str, int]:
    """Give the counts that the recording's writers left, added up: how many routes were dropped, and why."""
    counts: dict[str, int] = {}
    for file in segments(path):
        for _, line in _lines(file):
            if line.startswith(b'{"summary"'):
                for name, count in _summary(line).items():
                    counts[name] = counts.get(name, 0) + count
    return counts


def _strictly(entries: Iterator[Route | Damage]) -> Iterator[Route]:
    for entry in entries:
        if isinstance(entry, Damage):
            raise entry.error
        yield entry


def _entries(files: tuple[Path, ...]) -> Iterator[Route | Damage]:
    for path in files:
        try:
            yield from (entry for number, line in _lines(path) if (entry := _entry(path, number, line)) is not None)
        except (NotARecording, NewerRecording) as error:
            yield Damage(path, 1, str(error))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Give the lines after the header with their numbers."""
    with _opened(path) as file:
        check_header(path, file.readline(_LONGEST_HEADER).rstrip(b"\n"))
        number = 1
        while line := file.readline(_LONGEST_LINE):
            number += 1
            yield number, line
            while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                line = file.readline(_LONGEST_LINE)


def _entry(path: Path, number: int, line: bytes) -> Route | Damage | None:
    if not line.endswith(b"\n"):
        too_long = len(line) == _LONGEST_LINE
        return Damage(path, number, "the line is too long" if too_long else _CUT_OFF, torn=not too_long)
    try:
        data: Json = json.loads(line)
        if isinstance(data, dict) and data.keys() == {"summary"}:
            return None
        return _sound(Route.from_json(data))
    except ValueError as error:
        return Damage(path, number, f"not JSON: {error}")
    except (KeyError, TypeError, AttributeError) as error:
        return Damage(path, number, f"a field is missing or of the wrong kind: {error}")
    except RecursionError:
        return Damage(path, number, "not JSON: nested too deeply")


def _sound(route: Route) -> Route:
    """Raise TypeError for values of the wrong kind that would only be noticed much later."""
    requests = (route.request, *(exchange.request for exchange in route.exchanges))
    texts = (route.id, *(text for request in requests for text in (request.method, request.url)))
    answers = [answer for answer in (route.answer, *(exchange.answer for exchange in route.exchanges)) if answer]
    for text in texts:
        if type(text) is not str:
            raise TypeError(f"{text!r} should be a text")
    for number in (number for answer in answers for number in (answer.status, *answer.gaps)):
        if type(number) not in {int, float}:
            raise TypeError(f"{number!r} should be a number")
    return route


def _summary(line: bytes) -> dict[str, int]:
    try:
        counts: Json = json.loads(line)["summary"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {name: count for name, count in counts.items() if type(count) is int} if isinstance(counts, dict) else {}


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotARecording(path, f"it cannot be read ({error.strerror})") from error
