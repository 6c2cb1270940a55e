"""The shadow's counts: one small SQLite file that companions add to and that anybody reads.

    shadow_pairs(".cutover/shadow/counts.db")       pairs by minute, site and provider
    shadow_status(".cutover/shadow/counts.db")      what was taken, dropped and why, and the candidate's own troubles

A pair is one attempt that the control served and the candidate ran in the companion. Minutes count from the epoch.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from cutover_rollout.shadow.errors import ForeignCounts, NoCounts

APPLICATION = 0x63757368
VERSION = 1
KEPT_MINUTES = 14 * 24 * 60
BUSY = 5.0  # seconds
_TABLES = """
CREATE TABLE IF NOT EXISTS pairs (
    minute INTEGER, site TEXT, provider TEXT, pairs INTEGER, candidate_only INTEGER, control_only INTEGER,
    differing INTEGER, PRIMARY KEY (minute, site, provider)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (name TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT, at REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class ShadowMinute:
    """The pairs of one provider at one site in one minute, as the judge's `Pairs` takes them.

    Attributes:
        minute: When the pair was counted, in whole minutes since the epoch: a minute that is over grows no more.
        site: The site.
        provider: The key.
        pairs: How many attempts both arms made.
        candidate_only: In how many of them the candidate alone failed: it raised, hung, or sent another request.
        control_only: In how many the control alone failed.
        differing: How many pairs differed in anything; each of them was written to the recording, within its limits.
    """

    minute: int
    site: str
    provider: str
    pairs: int = 0
    candidate_only: int = 0
    control_only: int = 0
    differing: int = 0


@dataclass(frozen=True, slots=True)
class ShadowStatus:
    """What all companions of one file did so far.

    Attributes:
        tallies: By name: ``taken``, ``pairs``, ``dropped: …`` by budget, ``left out: …`` by reason, ``restarts``.
        notes: What was last said of a matter, such as why the candidate cannot be started, or the walls around it.
        at: When a companion last wrote, in seconds since the epoch.
    """

    tallies: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    at: float = 0.0

    @property
    def dropped(self) -> int:
        """Routes that were dropped since a budget was spent."""
        return sum(count for name, count in self.tallies.items() if name.startswith("dropped"))


class Counts:
    """The writing side: adds up in memory, and to the file at each `save`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pairs: dict[tuple[int, str, str], list[int]] = {}
        self._tallies: dict[str, int] = {}
        self._notes: dict[str, str] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._writing():
            pass

    def pair(
        self, minute: int, site: str, provider: str, *, candidate_only: bool, control_only: bool, differs: bool
    ) -> None:
        """Count one pair."""
        row = self._pairs.setdefault((minute, site, provider), [0, 0, 0, 0])
        for place, met in enumerate((True, candidate_only, control_only, differs)):
            row[place] += met

    def tally(self, name: str, count: int = 1) -> None:
        """Count something else."""
        self._tallies[name] = self._tallies.get(name, 0) + count

    def note(self, name: str, text: str) -> None:
        """Say how a matter stands."""
        self._notes[name] = text

    def save(self) -> None:
        """Add to the file what came since; when the file is locked or the disk full, it is added the next time."""
        if not (self._pairs or self._tallies or self._notes):
            return
        now = time.time()
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET pairs = pairs + excluded.pairs,"
                " candidate_only = candidate_only + excluded.candidate_only,"
                " control_only = control_only + excluded.control_only, differing = differing + excluded.differing",
                [(*key, *row) for key, row in self._pairs.items()],
            )
            connection.executemany(
                "INSERT INTO tallies VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                list(self._tallies.items()),
            )
            notes = {**self._notes, "written": ""}
            connection.executemany(
                "INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", [(name, text, now) for name, text in notes.items()]
            )
            connection.execute("DELETE FROM pairs WHERE minute < ?", (int(now // 60) - KEPT_MINUTES,))
        self._pairs, self._tallies, self._notes = {}, {}, {}

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=BUSY, isolation_level=None)) as connection:
            _check(connection, self._path)
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            for table in _TABLES.split(";"):
                connection.execute(table)
            yield connection
            connection.execute("COMMIT")


def shadow_pairs(
    path: str | Path, *, since: int | None = None, until: int | None = None, provider: str | None = None
) -> tuple[ShadowMinute, ...]:
    """Read the pairs from minute `since` on and before minute `until`, by minute, site and provider, in this order.

    Without `until` the minute that is going on and the one before it are left out: the last may not be saved yet.

    Raises:
        NoCounts: There is no such file.
        ForeignCounts: It is another one.
    """
    last = int(time.time() // 60) - 1 if until is None else until
    asked = (
        "SELECT minute, site, provider, pairs, candidate_only, control_only, differing FROM pairs"
        " WHERE minute >= ? AND minute < ? AND ifnull(provider = ?, 1) ORDER BY minute, site, provider"
    )
    with _reading(Path(path)) as connection:
        return tuple(ShadowMinute(*row) for row in connection.execute(asked, (since or 0, last, provider)))


def shadow_status(path: str | Path) -> ShadowStatus:
    """Read what was taken, dropped and left out, and what the companions said last.

    Raises:
        NoCounts: There is no such file.
        ForeignCounts: It is another one.
    """
    with _reading(Path(path)) as connection:
        tallies = dict(connection.execute("SELECT name, count FROM tallies ORDER BY name").fetchall())
        notes = connection.execute("SELECT name, text, at FROM notes ORDER BY name").fetchall()
    said = {name: text for name, text, _ in notes if name != "written"}
    return ShadowStatus(tallies, said, max((at for _, _, at in notes), default=0.0))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise NoCounts(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None)) as connection:
        _check(connection, path)
        yield connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise ForeignCounts(path, reason=str(error)) from error
    if application != APPLICATION and (tables or application):
        raise ForeignCounts(path, reason="it is somebody else's database")
    if version > VERSION:
        raise ForeignCounts(path, reason=f"version {version}, this release knows {VERSION}")
