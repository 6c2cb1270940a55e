"""The scorecard of the providers, and the matrix of their failovers."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from cutover_telemetry.store._tally import ATTEMPT, FAILOVER, SKIP, Series, Tally
from cutover_telemetry.store._window import Window
from cutover_telemetry.store.query._breakers import latest_states
from cutover_telemetry.store.query._reading import Totals, totals
from cutover_telemetry.store.query._records import Edge, FailoverMatrix, ProviderCard, Scorecard
from cutover_telemetry.store.query._shown import both, volume


def scorecard(connection: sqlite3.Connection, window: Window, *, provider: str | None) -> Scorecard:
    """Each provider that was called or skipped."""

    def keep(series: Series) -> bool:
        return series.kind in {ATTEMPT, SKIP} and provider in {None, series.first}

    found = totals(connection, window, keep)
    states = latest_states(connection, before=window.end)
    names = sorted({series.first for series in found.by_series if series.first is not None})
    by_provider, skipped = _by_provider(found), skips(found)
    cards = (card(name, by_provider[name], skipped[name], states, found.window) for name in names)
    return Scorecard(found.window, tuple(cards))


def skips(found: Totals) -> Mapping[str, Mapping[str, int]]:
    """How often each provider was skipped, by reason."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for series, tally in found.of(SKIP).items():
        counted[series.first or ""][series.second or ""] += int(tally.counts["skips"])
    return counted


def failovers(connection: sqlite3.Connection, window: Window, *, provider: str | None) -> FailoverMatrix:
    """The failovers away from or to a provider, or all."""

    def keep(series: Series) -> bool:
        return series.kind == FAILOVER and provider in {None, series.first, series.second}

    found = totals(connection, window, keep, measures=())
    edges: dict[tuple[str, str], list[Tally]] = defaultdict(list)
    for series, tally in found.by_series.items():
        edges[series.first or "", series.second or ""].append(tally)
    return FailoverMatrix(found.window, tuple(_edge(ends, edges[ends]) for ends in sorted(edges)))


def card(
    name: str, tally: Tally, skipped: Mapping[str, int], states: Mapping[str, str], window: Window
) -> ProviderCard:
    """One provider, from its tally."""
    latency, first_chunk = both(tally)
    counts = tally.counts
    return ProviderCard(
        provider=name,
        volume=volume(tally),
        rate=counts["attempts"] / window.seconds if window.seconds else 0.0,
        latency=latency,
        first_chunk=first_chunk,
        input_tokens=int(counts["input_tokens"]),
        output_tokens=int(counts["output_tokens"]),
        tokens_a_second=counts["told_tokens"] / counts["telling"] if counts["telling"] else None,
        failovers_away=int(counts["failovers_away"]),
        failovers_to=int(counts["failovers_to"]),
        skips=dict(skipped),
        breaker=states.get(name),
    )


def _by_provider(found: Totals) -> Mapping[str | None, Tally]:
    grouped: dict[str | None, list[Tally]] = defaultdict(list)
    for series, tally in found.of(ATTEMPT).items():
        grouped[series.first].append(tally)
    return defaultdict(Tally, {name: Tally.merged(tallies) for name, tallies in grouped.items()})


def _edge(ends: tuple[str, str], tallies: list[Tally]) -> Edge:
    counts = Tally.merged(tallies).counts
    return Edge(*ends, int(counts["failovers"]), counts["lost"], int(counts["saved"]))
