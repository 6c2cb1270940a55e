"""Surveys remembered between runs, by the content of what they were made from; in the user's cache folder.

An entry is found by the digest of a file's bytes, its path, the import root, this package's own code and the version of
Python. It is used only where every other file that it rests on is as it was. A cache that is damaged, locked or not to
be written is as good as none; nothing here raises.

Example: ``SurveyCache.open(tree_root)``
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

from cutover_migrate.find import content_digest
from cutover_migrate.survey._file import FileSurvey, survey_from_json, survey_json

FOLDER = "provider-cutover"
FILE = "surveys.sqlite3"
LARGEST = 128 * 1024 * 1024
"""Size of the cache in bytes above which the entries that were used longest ago go."""
SAME_USE = 24 * 3600
"""Seconds within which a use is not noted again."""
AT_ONCE = 500
SEAL = 16
FAILURES = (sqlite3.Error, OSError, ValueError, KeyError, TypeError, RecursionError)


class SurveyCache:
    """Surveys by key; see :func:`survey_key`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def open(cls, root: Path) -> SurveyCache | None:
        """The user's cache, ``None`` where there is no place for one outside of the project."""
        try:
            given = os.environ.get("XDG_CACHE_HOME", "")
            base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
            folder = base.resolve() / FOLDER
        except (OSError, RuntimeError):
            return None
        return None if folder.is_relative_to(root) else cls(folder / FILE)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, FileSurvey]:
        """The surveys that are known and undamaged."""
        wanted = list(keys)
        found: dict[bytes, FileSurvey] = {}
        with suppress(*FAILURES), closing(self._connect()) as database:
            old: list[tuple[int, bytes]] = []
            now = int(time.time())
            for start in range(0, len(wanted), AT_ONCE):
                part = wanted[start : start + AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = database.execute(f"SELECT key, value, used FROM surveys WHERE key IN ({marks})", part)  # noqa: S608
                for key, value, used in rows:
                    survey = _unsealed(key, value)
                    if survey is not None:
                        found[key] = survey
                        old += [(now, key)] if abs(now - used) > SAME_USE else []
            with database:
                database.executemany("UPDATE surveys SET used = ? WHERE key = ?", old)
        return found

    def put(self, surveys: Mapping[bytes, FileSurvey]) -> None:
        """Remember surveys."""
        now = int(time.time())
        with suppress(*FAILURES), closing(self._connect()) as database, database:
            rows = ((key, _sealed(key, survey), now) for key, survey in surveys.items())
            database.executemany("INSERT OR REPLACE INTO surveys VALUES (?, ?, ?)", rows)
            _shrink(database)

    def _connect(self) -> sqlite3.Connection:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _opened(self._file)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._file.unlink()
            return _opened(self._file)


def survey_key(path: str, digest: str, import_root: str) -> bytes:
    """What a survey of a file is found by."""
    parts = (path, digest, import_root, own_digest(), sys.version)
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16).digest()


@cache
def own_digest() -> str:
    """A digest of the code that surveys are made by."""
    package = Path(__file__).parent.parent
    files = [file for folder in ("", "find", "rewrite", "survey") for file in sorted((package / folder).glob("*.py"))]
    return content_digest(b"\0".join(file.read_bytes() for file in files))


def _opened(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=1)
    try:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE IF NOT EXISTS surveys (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL)"
        )
    except sqlite3.Error:
        database.close()
        raise
    return database


def _shrink(database: sqlite3.Connection) -> None:
    (pages,), (size,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    if (pages - free) * size > LARGEST:
        half = "SELECT key FROM surveys ORDER BY used LIMIT (SELECT count(*) / 2 FROM surveys)"
        database.execute(f"DELETE FROM surveys WHERE key IN ({half})")  # noqa: S608


def _sealed(key: bytes, survey: FileSurvey) -> bytes:
    text = json.dumps(survey_json(survey), separators=(",", ":")).encode()
    return _seal(key, text) + text


def _unsealed(key: bytes, value: object) -> FileSurvey | None:
    """A survey from its entry, ``None`` where that is damaged."""
    if not isinstance(value, bytes) or _seal(key, value[SEAL:]) != value[:SEAL]:
        return None
    try:
        return survey_from_json(json.loads(value[SEAL:]))
    except FAILURES:
        return None


def _seal(key: bytes, text: bytes) -> bytes:
    return blake2b(text, key=key, digest_size=SEAL).digest()
