"""Routes and lone attempts as they were, many in one compact piece.

A piece is deflated JSON with a column for each field: one value where all records have the same, words by number where
they recur, else the values; times as distances. A field that a later release adds is one more column; one that is
missing keeps its default. Reading runs nothing that is in it.
"""

import json
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import accumulate, repeat
from operator import attrgetter, sub
from typing import Any

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.store._errors import DamagedPiece

FORM = 1
LEVEL = 1
TIMES = frozenset({"ended", "first_chunk", "last_chunk"})

Columns = dict[str, Any]


class _Form:
    """How the fields of one kind of record become columns."""

    def __init__(self, kind: type, *, words: frozenset[str], apart: frozenset[str] = frozenset()) -> None:
        self.known = frozenset(each.name for each in fields(kind)) - apart
        self._names = sorted(self.known - {"started"})
        self._read = attrgetter(*self._names)
        self._words = words

    def columns(self, records: Sequence[Any]) -> Columns:
        """The columns of some records."""
        starts = [record.started for record in records]
        base = min(starts, default=0)
        columns: Columns = {"base": base, "started": [start - base for start in starts]}
        rows = zip(*map(self._read, records), strict=True) if records else repeat(())
        for name, values in zip(self._names, rows, strict=False):
            given = _since(values, starts) if name in TIMES else values
            columns[name] = _column(given, words=name in self._words)
        return columns

    def row(self, columns: Columns, place: int) -> dict[str, Any]:
        """The fields of one record; those that this release does not know are left out."""
        started = columns["base"] + columns["started"][place]
        row = {name: _at(columns[name], place) for name in self._names if name in columns}
        for name in TIMES:
            if row.get(name) is not None:
                row[name] += started
        return {"started": started, **row}


_ATTEMPTS = _Form(
    AttemptRecord, words=frozenset({"provider", "slot", "function", "arm", "site", "model", "error_type"})
)
_ROUTES = _Form(
    RouteRecord, words=frozenset({"error_type", "name"}), apart=frozenset({"attempts", "skips", "breakers"})
)


def packed(routes: Sequence[RouteRecord], lone: Sequence[AttemptRecord]) -> bytes:
    """These routes, with all that is in them, and these attempts that no route has."""
    attempts = [attempt for route in routes for attempt in route.attempts]
    document = {
        "routes": _ROUTES.columns(routes),
        "sizes": [len(route.attempts) for route in routes],
        "attempts": _ATTEMPTS.columns([*attempts, *lone]),
        "skips": {
            str(place): [[each.provider, each.reason, each.at] for each in route.skips]
            for place, route in enumerate(routes)
            if route.skips
        },
        "breakers": {
            str(place): [[each.provider, each.before, each.after, each.at] for each in route.breakers]
            for place, route in enumerate(routes)
            if route.breakers
        },
    }
    packer = zlib.compressobj(LEVEL, strategy=zlib.Z_RLE)
    return packer.compress(json.dumps(document, separators=(",", ":")).encode()) + packer.flush()


class Piece:
    """A piece that is read; records are made when they are asked for."""

    def __init__(self, form: bytes) -> None:
        try:
            self._document: dict[str, Any] = json.loads(zlib.decompress(form))
            self._ends = list(accumulate(self._document["sizes"], initial=0))
            self._total = len(self._document["attempts"]["started"])
        except (zlib.error, ValueError, KeyError, TypeError) as exc:
            raise DamagedPiece(str(exc)) from exc

    def __len__(self) -> int:
        """How many routes it has."""
        return len(self._ends) - 1

    def route(self, place: int) -> RouteRecord:
        """The route at this place."""
        document, key = self._document, str(place)
        return RouteRecord(
            **_ROUTES.row(document["routes"], place),
            attempts=tuple(self._attempt(each) for each in range(self._ends[place], self._ends[place + 1])),
            skips=tuple(SkipRecord(*each) for each in document["skips"].get(key, ())),
            breakers=tuple(BreakerRecord(*each) for each in document["breakers"].get(key, ())),
        )

    def newest(self, provider: str | None, *, site: str | None = None) -> list[tuple[int, int]]:
        """End and place of the routes that called this provider, at this site (any, if None), latest end first."""
        called = self._calling(provider=provider, site=site)
        columns = self._document["routes"]
        ends = (
            (columns["base"] + start + _at(columns["ended"], place), place)
            for place, start in enumerate(columns["started"])
        )
        return sorted((each for each in ends if called is None or each[1] in called), reverse=True)

    def attempts(self) -> Iterator[AttemptRecord]:
        """All attempts, those of the routes first."""
        return (self._attempt(place) for place in range(self._total))

    def _calling(self, **wanted: str | None) -> set[int] | None:
        asked = [(self._document["attempts"].get(name), value) for name, value in wanted.items() if value is not None]
        if not asked:
            return None
        ends = self._ends
        called = (place for place in range(ends[-1]) if all(_at(column, place) == value for column, value in asked))
        return {bisect_right(ends, place) - 1 for place in called}

    def _attempt(self, place: int) -> AttemptRecord:
        return AttemptRecord(**_ATTEMPTS.row(self._document["attempts"], place))


def _since(values: Sequence[Any], starts: Sequence[int]) -> Sequence[Any]:
    if None in values:
        return [None if at is None else at - start for at, start in zip(values, starts, strict=True)]
    return list(map(sub, values, starts))


def _column(values: Sequence[Any], *, words: bool) -> Any:
    if values and values[-1] == values[0] and values.count(values[0]) == len(values):
        return {"all": values[0]}
    if not words:
        return values
    numbers = {word: number for number, word in enumerate(dict.fromkeys(values))}
    return {"words": list(numbers), "at": list(map(numbers.__getitem__, values))}


def _at(column: Any, place: int) -> Any:
    if isinstance(column, list):
        return column[place]
    return column["all"] if "all" in column else column["words"][column["at"][place]]
