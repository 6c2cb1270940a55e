"""One route, attempt by attempt, with the stretches in which none ran.

Attempts may run beside each other; the time in which any of them ran and the gaps make up the route.
"""

from __future__ import annotations

from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.overview._records import Bar, Gap, Skip, Waterfall
from cutover_telemetry.overview._times import NANOSECONDS, seconds
from cutover_telemetry.store import Store, StoredRoute

TOLERANCE = NANOSECONDS // 1000


def waterfall(store: Store, route_id: str) -> Waterfall | None:
    """A route by the id that `Overview.recent` gave; None if it is no longer kept.

    Raises:
        StoreError: There is no store there yet, or it is not ours.
    """
    found = store.query.route(route_id)
    return None if found is None else _waterfall(found)


def _waterfall(found: StoredRoute) -> Waterfall:
    route = found.record
    accounted = _attempted(route) + sum(end - start for start, end in route.gaps)
    return Waterfall(
        id=found.id,
        name=route.name,
        began=seconds(route.started),
        seconds=route.seconds,
        arm=route.arm,
        outcome=route.outcome.value,
        status=route.status_code,
        error=route.error_type,
        disconnected=route.disconnected,
        lost=route.time_lost,
        overhead=seconds(route.overhead),
        trace_id=route.trace_id,
        attempts=tuple(_bar(attempt, route) for attempt in route.attempts),
        gaps=tuple(Gap(seconds(start - route.started), seconds(end - start)) for start, end in route.gaps),
        skips=tuple(Skip(skip.provider, skip.reason, seconds(skip.at - route.started)) for skip in route.skips),
        accounted=seconds(accounted),
        whole=abs(accounted - (route.ended - route.started)) <= TOLERANCE,
    )


def _attempted(route: RouteRecord) -> int:
    """Nanoseconds in which at least one attempt ran."""
    total, reached = 0, route.started
    for attempt in sorted(route.attempts, key=lambda each: each.started):
        total += max(0, attempt.ended - max(attempt.started, reached))
        reached = max(reached, attempt.ended)
    return total


def _bar(attempt: AttemptRecord, route: RouteRecord) -> Bar:
    first = attempt.first_chunk
    return Bar(
        provider=attempt.provider,
        model=attempt.model,
        arm=attempt.arm,
        site=attempt.site,
        number=attempt.number,
        began=seconds(attempt.started - route.started),
        seconds=attempt.seconds,
        first_chunk=None if first is None else seconds(first - route.started),
        chunks=attempt.chunks,
        error=attempt.error_type,
        cancelled=attempt.cancelled,
        input_tokens=attempt.input_tokens,
        output_tokens=attempt.output_tokens,
    )
