"""Legacy beside registry, provider by provider: over a window as a whole, and over its time."""

import sqlite3
from collections import defaultdict

from cutover_telemetry.store._tally import ATTEMPT, FIRST_CHUNK, LATENCY, Series, Tally
from cutover_telemetry.store._window import Window
from cutover_telemetry.store.query._reading import curve, totals
from cutover_telemetry.store.query._records import ArmCard, ArmCurves, ArmPoint, ArmsSideBySide
from cutover_telemetry.store.query._shown import NOTHING, both, volume

ASKED = (LATENCY, FIRST_CHUNK)


def arms(connection: sqlite3.Connection, window: Window, *, provider: str | None, site: str | None) -> ArmsSideBySide:
    """Each provider on each arm."""
    found = totals(connection, window, lambda series: meant(series, provider, site), measures=ASKED)
    grouped: dict[tuple[str, str], list[Tally]] = defaultdict(list)
    for series, tally in found.by_series.items():
        grouped[series.first or "", series.second or ""].append(tally)
    cards = (card(*key, Tally.merged(grouped[key])) for key in sorted(grouped))
    return ArmsSideBySide(found.window, tuple(cards))


def arm_curves(connection: sqlite3.Connection, window: Window, *, provider: str | None, site: str | None) -> ArmCurves:
    """Each arm in each slice of time."""
    found = curve(connection, window, lambda series: meant(series, provider, site), measures=ASKED)
    points = []
    for start, by_series in found.by_start.items():
        grouped: dict[str, list[Tally]] = defaultdict(list)
        for series, tally in by_series.items():
            grouped[series.second or ""].append(tally)
        points += [point(start, arm, Tally.merged(grouped[arm])) for arm in sorted(grouped)]
    return ArmCurves(found.window, provider, found.step, tuple(points))


def meant(series: Series, provider: str | None, site: str | None) -> bool:
    """Whether a series is of attempts that are asked for."""
    return series.kind == ATTEMPT and provider in {None, series.first} and site in {None, series.third}


def card(provider: str, arm: str, tally: Tally) -> ArmCard:
    """One provider on one arm, from its tally."""
    latency, first_chunk = both(tally)
    return ArmCard(
        provider=provider,
        arm=arm,
        volume=volume(tally),
        latency=latency,
        first_chunk=first_chunk,
        latency_sketch=tally.sketches.get(LATENCY, NOTHING),
        first_chunk_sketch=tally.sketches.get(FIRST_CHUNK, NOTHING),
    )


def point(start: int, arm: str, tally: Tally) -> ArmPoint:
    """One arm in one slice, from its tally."""
    return ArmPoint(start, arm, volume(tally), *both(tally))
