"""What is shown, as frozen values; the fields have the names that JSON has.

Points in time are seconds since the epoch, durations are seconds, both floats. None says that something is not known
or that there was none of it; it is never written as 0. Names of providers, models and errors come from outside, and
are here as they came: whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when."""

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What writers made of the attempts that they were given, since the store began."""

    attempts: int
    routes: int
    dropped: int
    unkept: int
    writers: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of some durations, in seconds."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider in the window, both arms together.

    Attributes:
        success: Answered of answered and failed, 0 to 1.
        rate: Attempts a second.
        p50, p95, p99: Of whole answers.
        tokens_a_second: Of an answer, from its first chunk to its end.
        errors: How often, by error type, the most frequent first.
        skips: How often it was not tried, by reason.
        breaker: closed, open or half-open; None if its circuit never changed.
        spark: For each slice of time (start, attempts, failed, p95).
    """

    provider: str
    attempts: int
    answered: int
    failed: int
    cancelled: int
    success: float | None
    rate: float
    p50: float | None
    p95: float | None
    p99: float | None
    first_chunk: Percentiles | None
    tokens_a_second: float | None
    input_tokens: int
    output_tokens: int
    errors: Mapping[str, int]
    failovers_away: int
    failovers_to: int
    skips: Mapping[str, int]
    breaker: str | None
    spark: tuple[tuple[float, int, int, float | None], ...]


@dataclass(frozen=True, slots=True)
class Failover:
    """From one provider to another: how often, seconds lost, and routes that the other one then answered."""

    away: str
    to: str
    failovers: int
    lost: float
    saved: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit in one state; `end` is None while it lasts."""

    provider: str
    state: str
    begin: float
    end: float | None


@dataclass(frozen=True, slots=True)
class ArmPoint:
    """One arm in the slice of time that begins at `start`."""

    start: float
    arm: str
    attempts: int
    failed: int
    p50: float | None
    p95: float | None
    p99: float | None
    first_chunk_p95: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One provider on one arm."""

    attempts: int
    answered: int
    failed: int
    cancelled: int
    success: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    first_chunk: Percentiles | None
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sides:
    """One provider on both arms; None where an arm had no attempt."""

    provider: str
    legacy: Side | None
    registry: Side | None


@dataclass(frozen=True, slots=True)
class MetricVerdict:
    """One metric of the registry arm beside the legacy arm.

    Attributes:
        metric: Such as ``errors`` or ``p95``.
        verdict: better, same, worse or cannot judge.
        legacy, registry: A rate (0 to 1), or seconds.
        effect, low, high: What the registry arm adds to a rate (``unit`` is ``rate``), or what it multiplies the
            seconds by (``unit`` is ``factor``), with the limits of an interval.
        needs: What a verdict would take.
    """

    metric: str
    verdict: str
    legacy: float | None
    registry: float | None
    effect: float | None
    low: float | None
    high: float | None
    unit: str
    needs: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the registry arm is better, same or worse than the legacy arm; `provider` is None of all together.

    Attributes:
        verdict: better, same, worse or cannot judge.
        legacy, registry: Attempts that were judged.
        reasons: Why, in words.
        needs: What a verdict would take, in words.
    """

    provider: str | None
    verdict: str
    legacy: int
    registry: int
    reasons: tuple[str, ...]
    needs: str | None
    metrics: tuple[MetricVerdict, ...]


@dataclass(frozen=True, slots=True)
class Arms:
    """Legacy and registry: over time in slices of `step` seconds, side by side, and judged.

    `verdicts` has all providers together first if there are several; `overall` is None where there was no attempt,
    and "not judged yet" in an overview that does not wait for the judge.
    """

    step: float
    curves: tuple[ArmPoint, ...]
    sides: tuple[Sides, ...]
    verdicts: tuple[Verdict, ...]
    overall: str | None


@dataclass(frozen=True, slots=True)
class RouteCard:
    """The routes of one arm (legacy, registry, mixed; None without an attempt) that came out in one way."""

    arm: str | None
    outcome: str
    routes: int
    attempts: int
    disconnected: int
    lost: float
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Routes:
    """How routes came out; `overhead_share` is the median of our own layer's time in the median of a route's."""

    cards: tuple[RouteCard, ...]
    latency: Percentiles | None
    overhead: Percentiles | None
    overhead_share: float | None


@dataclass(frozen=True, slots=True)
class RecentRoute:
    """One of the latest routes; `providers` are those called, in their order; `lost` are seconds in failed attempts."""

    id: str
    name: str | None
    began: float
    seconds: float
    arm: str | None
    outcome: str
    providers: tuple[str, ...]
    attempts: int
    lost: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is shown of a store.

    Attributes:
        window: What was really read: `asked`, widened to whole slices.
        provider, site: What it is narrowed to.
        providers_known: The names to choose from.
        sites_known: The sites to choose from.
        providers: The worst first.
        failovers: The costliest first.
        circuits: When which circuit was in which state.
        circuit_changes: How often circuits changed in the window.
        recent: The last to end first.
        rollout: As it was given; None if there is no rollout here.
    """

    window: Span
    asked: Span
    provider: str | None
    site: str | None
    providers_known: tuple[str, ...]
    sites_known: tuple[str, ...]
    stored: Stored
    providers: tuple[Provider, ...]
    failovers: tuple[Failover, ...]
    circuits: tuple[Circuit, ...]
    circuit_changes: int
    arms: Arms
    routes: Routes
    recent: tuple[RecentRoute, ...]
    rollout: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt of a route.

    Attributes:
        began: Seconds after the route began.
        seconds: How long it took; a stream until its end.
        first_chunk: Seconds after the route began.
    """

    provider: str
    model: str | None
    arm: str
    site: str | None
    number: int | None
    began: float
    seconds: float
    first_chunk: float | None
    chunks: int | None
    error: str | None
    cancelled: bool
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a route in which no attempt ran; `began` is seconds after the route began."""

    began: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Skip:
    """A provider that was not tried, and when (seconds after the route began)."""

    provider: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One route with its attempts, gaps and skips.

    Attributes:
        status: The HTTP status of its answer.
        error: The route's own error.
        overhead: Seconds that our own layer took in it.
        accounted: Seconds in which an attempt ran, and those of the gaps; together they are the route.
        whole: Whether they are, to within a millisecond.
    """

    id: str
    name: str | None
    began: float
    seconds: float
    arm: str | None
    outcome: str
    status: int | None
    error: str | None
    disconnected: bool
    lost: float
    overhead: float
    trace_id: str | None
    attempts: tuple[Bar, ...]
    gaps: tuple[Gap, ...]
    skips: tuple[Skip, ...]
    accounted: float
    whole: bool
