"""Routes as they were: the latest, and one by its name; and how routes came out over a window."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from cutover_telemetry._records import AttemptRecord, RouteOutcome
from cutover_telemetry.store._raw import Piece
from cutover_telemetry.store._tally import LATENCY, OVERHEAD, ROUTE, Series, Tally
from cutover_telemetry.store._window import Window
from cutover_telemetry.store.query._reading import totals
from cutover_telemetry.store.query._records import Account, RouteCard, Routes, StoredRoute
from cutover_telemetry.store.query._shown import quantiles

ASKED = (LATENCY, OVERHEAD)
PIECES = 32


def recent(
    connection: sqlite3.Connection,
    window: Window,
    *,
    provider: str | None,
    site: str | None,
    outcome: RouteOutcome | None,
    most: int,
) -> tuple[StoredRoute, ...]:
    """The latest routes of a window, the last to end first."""
    found: list[StoredRoute] = []
    for number, ended, piece in _pieces(connection, window, provider):
        if _full(found, most, ended):
            break
        for route_ended, place in piece.newest(provider, site=site):
            if _full(found, most, route_ended):
                break
            if window.start <= route_ended < window.end:
                record = piece.route(place)
                if outcome in {None, record.outcome}:
                    found.append(StoredRoute(f"{number}.{place}", record))
        found.sort(key=lambda route: -route.record.ended)
    return tuple(found[:most])


def one(connection: sqlite3.Connection, name: str) -> StoredRoute | None:
    """A route by the name that `recent` gave it; None if it is no longer kept."""
    number, _, place = name.partition(".")
    if not (number.isdecimal() and place.isdecimal()):
        return None
    row = connection.execute("SELECT data FROM pieces WHERE id = ?", (min(int(number), 2**63 - 1),)).fetchone()
    if row is None:
        return None
    piece = Piece(row[0])
    return StoredRoute(name, piece.route(int(place))) if int(place) < len(piece) else None


def attempts(
    connection: sqlite3.Connection, window: Window, *, provider: str | None, most: int
) -> tuple[AttemptRecord, ...]:
    """The latest attempts of a window as they were, in no order."""
    found: list[AttemptRecord] = []
    for _, _, piece in _pieces(connection, window, provider):
        within = (each for each in piece.attempts() if window.start <= each.ended < window.end)
        found += [each for each in within if provider in {None, each.provider}]
        if len(found) >= most:
            break
    return tuple(found[:most])


def routes(connection: sqlite3.Connection, window: Window, *, arm: str | None) -> Routes:
    """How routes came out, and what telemetry's own code took of them."""
    found = totals(
        connection, window, lambda series: series.kind == ROUTE and arm in {None, series.first}, measures=ASKED
    )
    grouped: dict[tuple[str | None, str], list[Tally]] = defaultdict(list)
    for series, tally in found.by_series.items():
        grouped[_key(series)].append(tally)
    cards = (_card(*key, Tally.merged(grouped[key])) for key in sorted(grouped, key=str))
    every = Tally.merged(found.by_series.values())
    return Routes(found.window, tuple(cards), quantiles(every), quantiles(every, OVERHEAD))


def account(connection: sqlite3.Connection) -> Account:
    """What writers made of what they were given."""
    row = connection.execute(
        "SELECT total(attempts), total(routes), total(dropped), total(unkept), count(*) FROM writers"
    ).fetchone()
    return Account(*map(int, row))


def _pieces(connection: sqlite3.Connection, window: Window, provider: str | None) -> Iterator[tuple[int, int, Piece]]:
    rows = connection.execute(
        "SELECT id, ended, data FROM pieces WHERE ended >= :start AND started < :end"
        " AND (:name IS NULL OR instr(providers, :name) > 0) ORDER BY ended DESC",
        {"start": window.start, "end": window.end, "name": None if provider is None else json.dumps(provider)},
    )
    for number, ended, data in rows:
        yield number, ended, _piece(data)


@lru_cache(maxsize=PIECES)
def _piece(data: bytes) -> Piece:
    """The latest pieces are asked for again and again."""
    return Piece(data)


def _full(found: list[StoredRoute], most: int, ended: int) -> bool:
    return len(found) >= most and ended <= found[most - 1].record.ended


def _key(series: Series) -> tuple[str | None, str]:
    return series.first, series.second or ""


def _card(arm: str | None, outcome: str, tally: Tally) -> RouteCard:
    counts = tally.counts
    return RouteCard(
        arm=arm,
        outcome=outcome,
        routes=int(counts["routes"]),
        attempts=int(counts["attempts"]),
        disconnected=int(counts["disconnected"]),
        lost=counts["lost"],
        latency=quantiles(tally),
        overhead=quantiles(tally, OVERHEAD),
    )
