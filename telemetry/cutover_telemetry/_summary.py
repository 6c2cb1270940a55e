"""What the attempts and routes come to, by provider and arm. Exact values, no sketch; pure functions of the records.

Latency is that of attempts that gave their whole answer (a stream until its end): a provider that fails fast is not a
fast one. A failover is a failed attempt followed, in the same route, by an attempt at another provider. Percentiles
are nearest-rank: each is a value that occurred.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean

from cutover_telemetry._records import AttemptRecord, FailoverRecord, RouteRecord

ROUTE_ONLY = "none"


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of `count` values, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider on one arm; `errors` counts by error.type, `cancelled` counts those that their caller gave up."""

    provider: str
    arm: str
    attempts: int
    answered: int
    cancelled: int
    errors: Mapping[str, int]
    failovers_away: int
    failovers_to: int
    latency: Percentiles | None
    first_chunk: Percentiles | None

    @property
    def failed(self) -> int:
        """Attempts that ended with an error."""
        return sum(self.errors.values())


@dataclass(frozen=True, slots=True)
class Failover:
    """How often one provider's failure was taken over by another, and the seconds that it had cost by then."""

    away: str
    to: str
    count: int
    time_lost: float


@dataclass(frozen=True, slots=True)
class ArmRow:
    """The routes of one arm ("mixed" if a route's attempts were of both, "none" if it made none)."""

    arm: str
    routes: int
    outcomes: Mapping[str, int]
    disconnected: int
    time_lost: float
    latency: Percentiles | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """Registry latency over legacy latency of one provider that answered on both arms."""

    provider: str
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the table shows; `ratio` is the geometric mean of the providers' p50 ratios."""

    providers: tuple[ProviderRow, ...]
    failovers: tuple[Failover, ...]
    arms: tuple[ArmRow, ...]
    ratios: tuple[Ratio, ...]
    ratio: float | None


def summarise(routes: Sequence[RouteRecord], attempts: Sequence[AttemptRecord]) -> Summary:
    """The summary of these routes and these attempts (all of them, the routes' own included)."""
    moves = [move for route in routes for move in route.failovers]
    rows = _provider_rows(attempts, moves)
    ratios = tuple(_ratios(rows))
    means = [ratio.p50 for ratio in ratios]
    return Summary(rows, _failovers(moves), _arm_rows(routes), ratios, geometric_mean(means) if means else None)


def percentiles(values: Iterable[float]) -> Percentiles | None:
    """Nearest-rank percentiles; None of no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    p50, p95, p99 = (ordered[math.ceil(share * len(ordered) / 100) - 1] for share in (50, 95, 99))
    return Percentiles(len(ordered), p50, p95, p99)


def _provider_rows(attempts: Sequence[AttemptRecord], moves: Sequence[FailoverRecord]) -> tuple[ProviderRow, ...]:
    away = Counter((move.away.provider, move.away.arm) for move in moves)
    to = Counter((move.to.provider, move.to.arm) for move in moves)
    groups: dict[tuple[str, str], list[AttemptRecord]] = defaultdict(list)
    for attempt in attempts:
        groups[attempt.provider, attempt.arm].append(attempt)
    return tuple(_provider_row(key, groups[key], away=away[key], to=to[key]) for key in sorted(groups))


def _provider_row(key: tuple[str, str], group: Sequence[AttemptRecord], *, away: int, to: int) -> ProviderRow:
    answered = [attempt for attempt in group if attempt.answered]
    errors = Counter(attempt.error_type for attempt in group if attempt.error_type is not None)
    first_chunks = [seconds for attempt in answered if (seconds := attempt.seconds_to_first_chunk) is not None]
    return ProviderRow(
        provider=key[0],
        arm=key[1],
        attempts=len(group),
        answered=len(answered),
        cancelled=sum(attempt.cancelled for attempt in group),
        errors=dict(sorted(errors.items())),
        failovers_away=away,
        failovers_to=to,
        latency=percentiles(attempt.seconds for attempt in answered),
        first_chunk=percentiles(first_chunks),
    )


def _failovers(moves: Sequence[FailoverRecord]) -> tuple[Failover, ...]:
    edges: dict[tuple[str, str], list[float]] = defaultdict(list)
    for move in moves:
        edges[move.away.provider, move.to.provider].append(move.time_lost)
    return tuple(Failover(away, to, len(lost), sum(lost)) for (away, to), lost in sorted(edges.items()))


def _arm_rows(routes: Sequence[RouteRecord]) -> tuple[ArmRow, ...]:
    groups: dict[str, list[RouteRecord]] = defaultdict(list)
    for route in routes:
        groups[route.arm or ROUTE_ONLY].append(route)
    return tuple(_arm_row(arm, group) for arm, group in sorted(groups.items()))


def _arm_row(arm: str, group: Sequence[RouteRecord]) -> ArmRow:
    outcomes = Counter(route.outcome.value for route in group)
    return ArmRow(
        arm=arm,
        routes=len(group),
        outcomes=dict(sorted(outcomes.items())),
        disconnected=sum(route.disconnected for route in group),
        time_lost=sum(route.time_lost for route in group),
        latency=percentiles(route.seconds for route in group),
    )


def _ratios(rows: Sequence[ProviderRow]) -> Iterator[Ratio]:
    by_arm = {(row.provider, row.arm): row.latency for row in rows}
    for provider in sorted({row.provider for row in rows}):
        legacy, registry = by_arm.get((provider, "legacy")), by_arm.get((provider, "registry"))
        if legacy and registry and min(legacy.p50, registry.p50) > 0:
            yield Ratio(provider, registry.p50 / legacy.p50, registry.p95 / legacy.p95, registry.p99 / legacy.p99)
