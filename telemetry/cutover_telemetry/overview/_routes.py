"""How routes came out, what our own layer took of them, and the latest ones."""

from __future__ import annotations

from collections.abc import Iterable

from cutover_telemetry.overview import _records as shown
from cutover_telemetry.overview._times import percentiles, seconds, three
from cutover_telemetry.store import RouteCard, Routes, StoredRoute


def routes(found: Routes) -> shown.Routes:
    """The routes by arm and outcome."""
    latency, overhead = percentiles(found.latency), percentiles(found.overhead)
    known = latency is not None and overhead is not None and latency.p50 > 0
    share = overhead.p50 / latency.p50 if known and latency and overhead else None
    return shown.Routes(tuple(_card(card) for card in found.cards), latency, overhead, share)


def recent(latest: Iterable[StoredRoute]) -> tuple[shown.RecentRoute, ...]:
    """The latest routes, in a line each."""
    return tuple(_recent(route) for route in latest)


def _card(card: RouteCard) -> shown.RouteCard:
    p50, p95, p99 = three(card.latency)
    return shown.RouteCard(
        card.arm, card.outcome, card.routes, card.attempts, card.disconnected, card.lost, p50, p95, p99
    )


def _recent(route: StoredRoute) -> shown.RecentRoute:
    record = route.record
    return shown.RecentRoute(
        id=route.id,
        name=record.name,
        began=seconds(record.started),
        seconds=record.seconds,
        arm=record.arm,
        outcome=record.outcome.value,
        providers=tuple(attempt.provider for attempt in record.attempts),
        attempts=len(record.attempts),
        lost=record.time_lost,
    )
