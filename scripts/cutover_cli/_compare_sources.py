"""What ``compare`` reads: a store or a file of attempts, narrowed by what follows a ``#``.

Example: ``read_cells("telemetry.db#arm=legacy&last=2h", now=time.time())``
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from cutover_cli._last import WRITTEN, seconds_of
from cutover_cli._unusable import Unusable
from cutover_telemetry.judge import Cells, Seen, cells, moment, read_attempts, stored_cells
from cutover_telemetry.store import Window

KEYS = ("arm", "provider", "site", "from", "to", "last")
STORE_HEAD = b"SQLite format 3\x00"
NANOSECONDS = 1_000_000_000
END = 2**62 / NANOSECONDS


@dataclass(frozen=True)
class Source:
    """One side of a comparison: a file, and which of its attempts are meant."""

    path: Path
    chosen: dict[str, str] = field(default_factory=dict)
    begin: float = 0.0
    end: float = END

    @property
    def name(self) -> str:
        """What it is called in tables: its arm, else its file."""
        return self.chosen.get("arm", self.path.name)


def parse_source(text: str, *, now: float) -> Source:
    """Take ``PATH#arm=…&provider=…&site=…&from=…&to=…&last=30m`` apart."""
    path, _, query = text.partition("#")
    chosen = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := [key for key in chosen if key not in KEYS]:
        raise Unusable(f"{text}: there is no selector {unknown[0]!r}; there are {', '.join(KEYS)}")
    if empty := [key for key, value in chosen.items() if not value]:
        raise Unusable(f"{text}: {empty[0]}= needs a value")
    begin, end = 0.0, END
    if "last" in chosen:
        begin, end = now - _seconds(chosen["last"], text), now
    if "from" in chosen:
        begin = _moment(chosen["from"], text)
    if "to" in chosen:
        end = _moment(chosen["to"], text)
    if end <= begin:
        raise Unusable(f"{text}: it ends before it begins")
    return Source(Path(path), chosen, begin, end)


def read_cells(source: Source) -> Cells:
    """The minutes of a source, by provider."""
    try:
        with source.path.open("rb") as file:
            stored = file.read(len(STORE_HEAD)) == STORE_HEAD
        return _of_store(source) if stored else cells(_meant(read_attempts(source.path), source))
    except OSError as error:
        raise Unusable(
            f"{source.path}: cannot be read ({error.strerror}); name a store or a file of attempts"
        ) from error


def _of_store(source: Source) -> Cells:
    window = Window(int(source.begin * NANOSECONDS), int(source.end * NANOSECONDS))
    wanted = {key: source.chosen.get(key) for key in ("arm", "provider", "site")}
    return stored_cells(source.path, window, **wanted)


def _meant(attempts: Iterable[Seen], source: Source) -> Iterable[Seen]:
    if "site" in source.chosen:
        raise Unusable(f"{source.path}: lines of attempts have no site; leave site= out")
    arm, provider = source.chosen.get("arm"), source.chosen.get("provider")
    for seen in attempts:
        fits = arm in {None, seen.arm} and provider in {None, seen.provider}
        if fits and source.begin <= seen.at < source.end:
            yield seen


def _seconds(text: str, source: str) -> float:
    seconds = seconds_of(text)
    if seconds is None:
        raise Unusable(f"{source}: last={text} is no span; {WRITTEN}")
    return seconds


def _moment(text: str, source: str) -> float:
    try:
        return moment(text)
    except (TypeError, ValueError) as error:
        raise Unusable(f"{source}: {text!r} is no time; write 2026-11-23T10:00 (UTC) or seconds since 1970") from error
