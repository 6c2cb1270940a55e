"""Lanes: stretches of the cases, each driven by a pair of arms of its own.

Where a lane ends depends on the cases only, never on who drives it, so that any number of workers finds the same.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cutover_parity.arms._arm import ArmSetup, ArmSpec
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import Case
from cutover_parity.noise._noise import NO_NOISE, NoiseRules
from cutover_parity.replay._coverage import Coverage
from cutover_parity.replay._duel import Duel
from cutover_parity.replay._findings import Finder, Findings

LANE_CASES = 1000
_LANE_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Lane:
    """Cases that one pair of arms drives in order; `number` counts lanes from 0."""

    number: int
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What all lanes of a replay have in common."""

    legacy: ArmSpec
    registry: ArmSpec
    setup: ArmSetup
    plan: ReplayPlan
    ignore: Mapping[str, str] = field(default_factory=dict)
    noise: NoiseRules = NO_NOISE
    intended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LaneResult:
    """What came of a lane; `seconds` covers its cases, not the start of its arms."""

    number: int
    cases: int
    findings: Findings
    coverage: Coverage
    missing: Mapping[str, tuple[str, ...]]
    idle: bool
    seconds: float


def deal(cases: Iterable[Case], *, size: int = LANE_CASES) -> Iterator[Lane]:
    """Cut a stream of cases into lanes; a case that follows another at a pause stays in its lane."""
    number, held, weight = 0, list[Case](), 0
    for case in cases:
        if held and case.pause is None and (len(held) >= size or weight >= _LANE_BYTES):
            yield Lane(number, tuple(held))
            number, held, weight = number + 1, [], 0
        held.append(case)
        weight += _weight(case)
    if held:
        yield Lane(number, tuple(held))


def drive_lane(job: Job, lane: Lane, told: Callable[[int], None] | None = None) -> LaneResult:
    """Start a pair of arms and drive a lane through it; `told` is given 1 after each case."""
    finder = Finder(job.plan, job.ignore, job.noise, job.intended)
    with Duel(job.legacy, job.registry, job.setup) as duel:
        begun = time.perf_counter()
        for outcome in duel.drive(lane.cases):
            finder.add(outcome)
            if told is not None:
                told(1)
        seconds = time.perf_counter() - begun
        missing = duel.missing
    return LaneResult(lane.number, len(lane.cases), finder.findings, finder.coverage, missing, finder.idle, seconds)


def _weight(case: Case) -> int:
    recorded = sum(len(exchange.answer.body) for exchange in case.exchanges or () if exchange.answer)
    return len(case.request.body) + recorded
