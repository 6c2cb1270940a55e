"""What the questions are answered with. Durations are seconds, points in time nanoseconds since the epoch.

A `window` is the one that was really read: whole minutes at least, wider where only coarser slices are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cutover_telemetry._records import BreakerRecord, RouteRecord
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._window import Window


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of `count` values, each to within 1 %; in seconds."""

    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Volume:
    """Attempts and how they ended; `errors` counts by error type, `success` is answered of answered and failed."""

    attempts: int
    answered: int
    failed: int
    cancelled: int
    errors: Mapping[str, int]

    @property
    def success(self) -> float | None:
        """Between 0 and 1; None where nothing was answered and nothing failed."""
        ended = self.answered + self.failed
        return self.answered / ended if ended else None


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """One provider in a window, both arms and all sites together.

    `rate` is attempts a second; `tokens_a_second` those of an answer over the time from its first chunk to its end;
    `breaker` is the circuit's latest known state, None if it never changed; `skips` counts by reason.
    """

    provider: str
    volume: Volume
    rate: float
    latency: Quantiles | None
    first_chunk: Quantiles | None
    input_tokens: int
    output_tokens: int
    tokens_a_second: float | None
    failovers_away: int
    failovers_to: int
    skips: Mapping[str, int]
    breaker: str | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The providers by name."""

    window: Window
    providers: tuple[ProviderCard, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """Failovers from one provider to another: seconds that they cost, and routes that the other one then answered."""

    away: str
    to: str
    failovers: int
    lost: float
    saved: int


@dataclass(frozen=True, slots=True)
class FailoverMatrix:
    """Who failed over to whom."""

    window: Window
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class ArmCard:
    """One provider on one arm; the sketches are for whoever judges."""

    provider: str
    arm: str
    volume: Volume
    latency: Quantiles | None
    first_chunk: Quantiles | None
    latency_sketch: Sketch = field(repr=False)
    first_chunk_sketch: Sketch = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArmsSideBySide:
    """The arms by provider."""

    window: Window
    arms: tuple[ArmCard, ...]


@dataclass(frozen=True, slots=True)
class ArmPoint:
    """One arm in one slice of time that begins at `start`."""

    start: int
    arm: str
    volume: Volume
    latency: Quantiles | None
    first_chunk: Quantiles | None


@dataclass(frozen=True, slots=True)
class ArmCurves:
    """Both arms over time, in slices of `step` nanoseconds; of all providers where `provider` is None."""

    window: Window
    provider: str | None
    step: int
    points: tuple[ArmPoint, ...]


@dataclass(frozen=True, slots=True)
class ProviderPoint:
    """One provider, both arms together, in one slice of time that begins at `start`."""

    start: int
    provider: str
    attempts: int
    failed: int
    p95: float | None


@dataclass(frozen=True, slots=True)
class Slice:
    """One provider on one arm in one slice of time that begins at `start`, for whoever judges."""

    start: int
    provider: str
    arm: str
    attempts: int
    failed: int
    failovers_away: int
    errors: Mapping[str, int]
    latency_sketch: Sketch = field(repr=False)
    first_chunk_sketch: Sketch = field(repr=False)


@dataclass(frozen=True, slots=True)
class Panels:
    """All that the attempts of a window tell, in slices of `step` nanoseconds, from one reading of them."""

    window: Window
    step: int
    providers: tuple[ProviderCard, ...]
    provider_points: tuple[ProviderPoint, ...]
    arms: tuple[ArmCard, ...]
    arm_points: tuple[ArmPoint, ...]
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class BreakerStretch:
    """A circuit in one state; `end` is None while it lasts."""

    provider: str
    state: str
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class BreakerTimeline:
    """The changes in a window, and the stretches between them, the one that the window began in included."""

    window: Window
    changes: tuple[BreakerRecord, ...]
    stretches: tuple[BreakerStretch, ...]


@dataclass(frozen=True, slots=True)
class StoredRoute:
    """A route as it was, with the name by which it can be asked for again."""

    id: str
    record: RouteRecord


@dataclass(frozen=True, slots=True)
class RouteCard:
    """The routes of one arm that came out in one way."""

    arm: str | None
    outcome: str
    routes: int
    attempts: int
    disconnected: int
    lost: float
    latency: Quantiles | None
    overhead: Quantiles | None


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes by arm and outcome, their latency and what telemetry's own code took of it."""

    window: Window
    cards: tuple[RouteCard, ...]
    latency: Quantiles | None
    overhead: Quantiles | None


@dataclass(frozen=True, slots=True)
class Account:
    """What writers made of the attempts that they were given, since the store began.

    `dropped` attempts are in no count; `unkept` ones are counted, but not kept as they were.
    """

    attempts: int
    routes: int
    dropped: int
    unkept: int
    writers: int


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a store has, sorted; they came from outside."""

    providers: tuple[str, ...]
    sites: tuple[str, ...]
