"""The scorecard, the failovers and the circuits; what is worst comes first.

A provider is the worse the surer it is that it fails: its failures are ranked by the lower limit of their rate, so
that two failures of five do not stand before a thousand of five thousand. An open circuit stands before all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt

from cutover_telemetry.overview._records import Circuit, Failover, Provider
from cutover_telemetry.overview._times import percentiles, seconds, three
from cutover_telemetry.store import BreakerTimeline, FailoverMatrix, Panels, ProviderCard, ProviderPoint

Z = 1.96
STATES = ("open", "half-open")
Spark = tuple[tuple[float, int, int, float | None], ...]


def providers(panels: Panels) -> tuple[Provider, ...]:
    """The scorecard, the worst first."""
    points: dict[str, list[ProviderPoint]] = defaultdict(list)
    for point in panels.provider_points:
        points[point.provider].append(point)
    made = (_provider(card, _spark(points[card.provider])) for card in panels.providers)
    return tuple(sorted(made, key=_worst_first))


def failovers(matrix: FailoverMatrix) -> tuple[Failover, ...]:
    """The failovers, the costliest first."""
    made = (Failover(edge.away, edge.to, edge.failovers, edge.lost, edge.saved) for edge in matrix.edges)
    return tuple(sorted(made, key=lambda edge: (-edge.lost, -edge.failovers, edge.away, edge.to)))


def circuits(timeline: BreakerTimeline) -> tuple[Circuit, ...]:
    """The states of the circuits, by provider and time."""
    return tuple(
        Circuit(each.provider, each.state, seconds(each.start), None if each.end is None else seconds(each.end))
        for each in timeline.stretches
    )


def surely_failing(failed: int, ended: int) -> float:
    """The lower limit (Wilson, 95 %) of the rate of failures; 0 of nothing."""
    if not ended:
        return 0.0
    rate, square = failed / ended, Z * Z
    half = Z * sqrt(rate * (1 - rate) / ended + square / (4 * ended * ended))
    return max(0.0, (rate + square / (2 * ended) - half) / (1 + square / ended))


def _worst_first(one: Provider) -> tuple[int, float, float, str]:
    place = STATES.index(one.breaker) if one.breaker in STATES else len(STATES)
    return place, -surely_failing(one.failed, one.answered + one.failed), -(one.p95 or 0.0), one.provider


def _spark(points: Sequence[ProviderPoint]) -> Spark:
    return tuple((seconds(point.start), point.attempts, point.failed, point.p95) for point in points)


def _provider(card: ProviderCard, spark: Spark) -> Provider:
    volume = card.volume
    p50, p95, p99 = three(card.latency)
    return Provider(
        provider=card.provider,
        attempts=volume.attempts,
        answered=volume.answered,
        failed=volume.failed,
        cancelled=volume.cancelled,
        success=volume.success,
        rate=card.rate,
        p50=p50,
        p95=p95,
        p99=p99,
        first_chunk=percentiles(card.first_chunk),
        tokens_a_second=card.tokens_a_second,
        input_tokens=card.input_tokens,
        output_tokens=card.output_tokens,
        errors=dict(volume.errors),
        failovers_away=card.failovers_away,
        failovers_to=card.failovers_to,
        skips=_ordered(card.skips),
        breaker=card.breaker,
        spark=spark,
    )


def _ordered(counts: Mapping[str, int]) -> Mapping[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
