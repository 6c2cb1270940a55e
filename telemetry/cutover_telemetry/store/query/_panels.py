"""All that the attempts of a window tell, read once: each provider and each arm, both over time, and the slices."""

import sqlite3
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._tally import FIRST_CHUNK, LATENCY, SKIP, Series, Tally
from cutover_telemetry.store._window import MINUTE, Window
from cutover_telemetry.store.query import _arms, _providers
from cutover_telemetry.store.query._breakers import latest_states
from cutover_telemetry.store.query._reading import Row, minutes, rows_of_slices, tallies, totals
from cutover_telemetry.store.query._records import ArmPoint, Panels, ProviderCard, ProviderPoint, Slice
from cutover_telemetry.store.query._shown import NOTHING, errors

ASKED = (LATENCY, FIRST_CHUNK)
P95 = (0.95,)
MOST_REMEMBERED = 300
STRETCH = 10
"""So many slices are added up together."""
Part = tuple[str, str]
"""Provider and arm."""
Parts = Mapping[Part, Tally]
Made = TypeVar("Made")
Old = TypeVar("Old", bound=Hashable)
New = TypeVar("New", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """One slice of time: all that is shown of it, and what it adds to the whole."""

    parts: Parts
    provider_points: tuple[ProviderPoint, ...]
    arm_points: tuple[ArmPoint, ...]
    slices: tuple[Slice, ...]


class Memory:
    """What was made lately, and of what: where that is still the same, it is not made again. For any thread."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._made: OrderedDict[tuple[object, ...], tuple[object, object]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: tuple[object, ...], given: object, make: Callable[[], Made]) -> Made:
        """What `make` makes of what is given, or has made of an equal one."""
        with self._lock:
            known = self._made.get(key)
            if known is not None and known[0] == given:
                self._made.move_to_end(key)
                return cast(Made, known[1])
        made = make()
        with self._lock:
            self._made[key] = given, made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made


def panels(
    connection: sqlite3.Connection,
    window: Window,
    *,
    provider: str | None,
    site: str | None,
    points: int,
    memory: Memory,
) -> Panels:
    """The panels, of one window that is widened to whole slices."""
    found = rows_of_slices(connection, window, lambda series: _arms.meant(series, provider, site), points=points)
    key = (provider, site, found.step)
    every = {
        start: memory.of((*key, start), rows, partial(_shown, start, rows, found.series))
        for start, rows in found.by_start.items()
    }
    stretches: dict[int, list[_Shown]] = defaultdict(list)
    for start, shown in every.items():
        stretches[start // found.step // STRETCH].append(shown)
    by_arm = _together(
        memory.of((*key, "stretch", number), some, partial(_together, [shown.parts for shown in some]))
        for number, some in stretches.items()
    )
    by_provider = _merged(by_arm, lambda part: part[0])
    return Panels(
        window=found.window,
        step=found.step,
        providers=tuple(_cards(connection, found.window, by_provider, asked=provider)),
        provider_points=tuple(point for shown in every.values() for point in shown.provider_points),
        arms=tuple(_arms.card(*part, by_arm[part]) for part in sorted(by_arm)),
        arm_points=tuple(point for shown in every.values() for point in shown.arm_points),
        slices=tuple(each for shown in every.values() for each in shown.slices),
    )


def slices(
    connection: sqlite3.Connection, window: Window, *, provider: str | None, arm: str | None, site: str | None
) -> tuple[Slice, ...]:
    """The single minutes of a window, as far back as minutes are kept."""
    grouped: dict[tuple[int, Part], list[Tally]] = defaultdict(list)
    found = minutes(
        connection,
        window,
        lambda series: _arms.meant(series, provider, site) and arm in {None, series.second},
        measures=ASKED,
    )
    for minute, series, tally in found:
        grouped[minute * MINUTE, _part(series)].append(tally)
    return tuple(_slice(*key, _one(tallies)) for key, tallies in sorted(grouped.items()))


def _shown(start: int, rows: list[Row], series: Mapping[int, Series]) -> _Shown:
    parts = _merged(tallies(rows, ASKED), lambda number: _part(series[number]))
    by_arm = _merged(parts, lambda part: part[1])
    return _Shown(
        parts,
        tuple(_provider_points(start, parts)),
        tuple(_arms.point(start, arm, by_arm[arm]) for arm in sorted(by_arm)),
        tuple(_slice(start, part, parts[part]) for part in sorted(parts)),
    )


def _part(series: Series) -> Part:
    return series.first or "", series.second or ""


def _together(slices: Iterable[Parts]) -> dict[Part, Tally]:
    grouped: dict[Part, list[Tally]] = defaultdict(list)
    for parts in slices:
        for part, tally in parts.items():
            grouped[part].append(tally)
    return {part: _one(every) for part, every in grouped.items()}


def _merged(tallies: Mapping[Old, Tally], key_of: Callable[[Old], New]) -> dict[New, Tally]:
    grouped: dict[New, list[Tally]] = defaultdict(list)
    for key, tally in tallies.items():
        grouped[key_of(key)].append(tally)
    return {key: _one(every) for key, every in grouped.items()}


def _one(tallies: list[Tally]) -> Tally:
    return tallies[0] if len(tallies) == 1 else Tally.merged(tallies)


def _cards(
    connection: sqlite3.Connection, window: Window, by_provider: Mapping[str, Tally], *, asked: str | None
) -> Iterator[ProviderCard]:
    found = totals(
        connection, window, lambda series: series.kind == SKIP and asked in {None, series.first}, measures=()
    )
    skipped, states = _providers.skips(found), latest_states(connection, before=window.end)
    for name in sorted({*by_provider, *skipped}):
        yield _providers.card(name, by_provider.get(name, Tally()), skipped.get(name, {}), states, window)


def _provider_points(start: int, parts: Parts) -> Iterator[ProviderPoint]:
    grouped: dict[str, list[Tally]] = defaultdict(list)
    for (provider, _), tally in parts.items():
        grouped[provider].append(tally)
    for provider, every in sorted(grouped.items()):
        attempts, failed = (int(sum([tally.counts[name] for tally in every])) for name in ("attempts", "failed"))
        latency = Sketch.merged([tally.sketches[LATENCY] for tally in every if LATENCY in tally.sketches])
        yield ProviderPoint(start, provider, attempts, failed, latency.quantiles(P95)[0])


def _slice(start: int, part: Part, tally: Tally) -> Slice:
    counts = tally.counts
    return Slice(
        start,
        *part,
        attempts=int(counts["attempts"]),
        failed=int(counts["failed"]),
        failovers_away=int(counts["failovers_away"]),
        errors=errors(tally) if counts["failed"] else {},
        latency_sketch=tally.sketches.get(LATENCY, NOTHING),
        first_chunk_sketch=tally.sketches.get(FIRST_CHUNK, NOTHING),
    )
