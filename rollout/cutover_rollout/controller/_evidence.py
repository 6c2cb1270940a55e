"""What a look is given: counts of whole minutes, each once, and what else the world says. No clock, no file.

>>> Evidence(minutes={"groq": (Minute(29_000_000, {Metric.ERRORS: (Counts((4, 300), (3, 300)),)}, 300, 300),)})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cutover_telemetry.judge import Minute


@dataclass(frozen=True, slots=True)
class Certified:
    """What the parity certificate says of the code that is served.

    Attributes:
        revision: Tells one pair of arms from another, so that evidence is never carried over to other code.
        valid: Whether the certificate is for these revisions.
        problem: Why not, if not.
    """

    revision: str
    valid: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PairMinute:
    """Shadow pairs of one provider in one minute (since the epoch)."""

    at: int
    provider: str
    pairs: int
    candidate_only: int
    control_only: int


@dataclass(frozen=True, slots=True)
class RouteMinute:
    """Routes of one minute by the arm that they took, for the sample ratio: a failover adds attempts, not routes."""

    at: int
    candidate: int
    control: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was seen since the last look.

    Attributes:
        minutes: By provider, in their order. `Minute.at` counts minutes since the epoch (or since whatever `at` of the
            looks counts seconds from). Minutes that were counted already, or that began before the stage, are left out.
        pairs: Shadow pairs; several of one provider and minute (of its sites) are added up.
        routes: For the sample ratio; None: the attempts in `minutes` are taken.
        certified: The certificate; None: there is none.
        silent: Seconds since the last record of either arm; None: it follows from the minutes.
    """

    minutes: Mapping[str, tuple[Minute, ...]] = field(default_factory=dict)
    pairs: tuple[PairMinute, ...] = ()
    routes: tuple[RouteMinute, ...] | None = None
    certified: Certified | None = None
    silent: float | None = None
