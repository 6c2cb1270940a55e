"""Learns the noise of an arm by running it against itself, with other random numbers, ids and clocks on each side."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date

from cutover_parity._messages import Json
from cutover_parity.arms._arm import ArmSpec
from cutover_parity.arms._http_stubs import Depth
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._case_stream import CaseStream
from cutover_parity.cases._cases import Case
from cutover_parity.noise._noise import NoiseRules
from cutover_parity.noise._noise_learnt import learn_noise
from cutover_parity.replay._duel import Answered, Duel, Outcome
from cutover_parity.replay._lanes import Job, deal
from cutover_parity.replay._replay import job_of

_SALTS = ("one", "other")
_AGAIN, _APART = 20, 1.1


def learn_noise_of(
    arm: ArmSpec,
    cases: Iterable[Case],
    *,
    plan: ReplayPlan,
    expires: date,
    depth: Depth = "calls",
    limit: float = 30.0,
    progress: Callable[[int], None] | None = None,
) -> NoiseRules:
    """Drive every case through two processes of one arm and learn from what differs; a CaseStream is never held."""
    held = cases if isinstance(cases, CaseStream) else tuple(cases)
    job = job_of(arm, arm, held, depth=depth, plan=plan, limit=limit)
    return learn_noise(_pairs(job, held, progress or (lambda _: None)), expires=expires)


def _pairs(job: Job, cases: Iterable[Case], progress: Callable[[int], None]) -> Iterator[tuple[Json, Json]]:
    """Both at once, and the first of each lane once more a second later: a time in whole seconds is noise, too."""
    setup, done = replace(job.setup, salts=_SALTS), 0
    for lane in deal(cases):
        first, begun = list[Outcome](), time.monotonic()
        with Duel(job.legacy, job.registry, setup) as duel:
            for outcome in duel.drive(lane.cases):
                done += 1
                yield from _differing(outcome, outcome)
                if len(first) < _AGAIN:
                    first.append(outcome)
                    begun = time.monotonic()
                progress(done)
        time.sleep(max(0.0, begun + _APART - time.monotonic()))
        with Duel(job.legacy, job.registry, setup) as duel:
            for earlier, later in zip(first, duel.drive(lane.cases[: len(first)]), strict=True):
                yield from _differing(earlier, later)


def _differing(one: Outcome, other: Outcome) -> Iterator[tuple[Json, Json]]:
    if isinstance(one, Answered) and isinstance(other, Answered):
        legacy, registry = one.legacy.observation, other.registry.observation
        if legacy != registry:
            yield json.loads(legacy), json.loads(registry)
