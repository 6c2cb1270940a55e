"""The circuits over time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from cutover_telemetry._records import BreakerRecord
from cutover_telemetry.store._window import Window
from cutover_telemetry.store.query._records import BreakerStretch, BreakerTimeline

CHANGES = """
    SELECT provider, before, after, at FROM breakers
    WHERE at >= :start AND at < :end AND (:provider IS NULL OR provider = :provider) ORDER BY at, id
"""


def breakers(connection: sqlite3.Connection, window: Window, *, provider: str | None) -> BreakerTimeline:
    """The changes of a window in the order in which they came, and the stretches that they bound."""
    rows = connection.execute(CHANGES, {"start": window.start, "end": window.end, "provider": provider})
    changes = tuple(BreakerRecord(*row) for row in rows)
    states = {
        name: state
        for name, state in latest_states(connection, before=window.start).items()
        if provider in {None, name} and state != "closed"
    }
    return BreakerTimeline(window, changes, tuple(_stretches(changes, states, window)))


def latest_states(connection: sqlite3.Connection, *, before: int) -> Mapping[str, str]:
    """The state of each circuit that had changed before some time."""
    rows = connection.execute("SELECT provider, after FROM breakers WHERE at < ? ORDER BY at, id", (before,))
    return dict(rows.fetchall())


def _stretches(changes: Sequence[BreakerRecord], states: Mapping[str, str], window: Window) -> Iterator[BreakerStretch]:
    by_name = sorted(changes, key=lambda change: change.provider)
    grouped = {name: list(group) for name, group in groupby(by_name, key=lambda change: change.provider)}
    for name in sorted({*grouped, *states}):
        own = grouped.get(name, [])
        state, since = (own[0].before if own else states[name]), window.start
        for change in own:
            yield BreakerStretch(name, state, since, change.at)
            state, since = change.after, change.at
        yield BreakerStretch(name, state, since, None)
