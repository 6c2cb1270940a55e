"""Replays cases through two arms and compares what they did.

report = replay(ArmSpec(old, "src.main:app"), ArmSpec(new, "src.main:app", "registry"), cases, depth="calls", plan=plan)
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from cutover_parity._messages import Json
from cutover_parity.arms._arm import ArmSetup, ArmSpec
from cutover_parity.arms._http_stubs import Depth, templates_to_json
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._case_stream import CaseStream
from cutover_parity.cases._cases import Case
from cutover_parity.compare._clusters import Cluster
from cutover_parity.compare._verdicts import Mismatch
from cutover_parity.engines import Engine, InProcess
from cutover_parity.noise._noise import NO_NOISE, NoiseRules
from cutover_parity.recordings._reading import Damage
from cutover_parity.replay._coverage import Coverage, CoverageCounter
from cutover_parity.replay._findings import CaseError, Findings, Pair
from cutover_parity.replay._lanes import LANE_CASES, Job, LaneResult, deal
from cutover_parity.replay._tally import Tally
from cutover_parity.secrets._placeholders import Renaming


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found, small whatever the number of cases: counts are exact, `clusters` hold examples.

    `intended` has, by cause, the differences of cases in which options of failover were on that were accepted by name.
    `reasons` counts the ignored cases, `hidden` what each noise rule hid. `died`: cases of which a worker died. `idle`:
    no case asked a site, called a function of the plan or sent anything upstream, so that nothing was compared that
    matters; `idle_answer` is then what the legacy arm answered most often. `duplicates` counts cases that were the same
    as an earlier one, `damage` has places of recordings that could not be read. `seconds` covers the cases, summed over
    lanes, not the start of arms; `real_waits` has the "number" and "seconds" of waits in which the arms' clocks went as
    the real one goes.
    """

    depth: Depth
    legacy: str
    registry: str
    tally: Tally
    clusters: tuple[Cluster, ...]
    ignored: tuple[Pair, ...]
    errors: tuple[CaseError, ...]
    coverage: Coverage
    reasons: Mapping[str, int] = field(default_factory=dict)
    hidden: Mapping[str, int] = field(default_factory=dict)
    died: int = 0
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    idle: bool = False
    duplicates: int = 0
    damage: tuple[Damage, ...] = ()
    seconds: float = 0.0
    real_waits: Mapping[str, float] = field(default_factory=dict)
    idle_answer: str = ""
    intended: tuple[Cluster, ...] = ()

    @property
    def replays(self) -> int:
        """Cases that both arms answered."""
        return self.tally.total.replays

    @property
    def counts(self) -> dict[str, int]:
        """How many cases had which end."""
        return self.tally.total.ends(self.died)

    @property
    def mismatches(self) -> tuple[Pair, ...]:
        """The smallest case of each cluster."""
        return tuple(Pair(one.smallest.case, Mismatch(one.smallest.differences)) for one in self.clusters)

    @property
    def clean(self) -> bool:
        """No mismatch, no error, and at least one case that reached a provider."""
        return not self.tally.total.mismatches and not self.errors and not self.idle

    @property
    def exit_code(self) -> int:
        """0 when clean, else 1."""
        return 0 if self.clean else 1

    @property
    def bound(self) -> float:
        """The exact upper bound on the mismatch rate with 95 % confidence."""
        return self.tally.total.bound

    @property
    def statement(self) -> str:
        """The bound in a sentence."""
        return self.tally.total.statement


def replay(
    legacy: ArmSpec,
    registry: ArmSpec,
    cases: Iterable[Case],
    *,
    depth: Depth = "calls",
    plan: ReplayPlan,
    ignore: Mapping[str, str] | None = None,
    noise: NoiseRules = NO_NOISE,
    intended: Collection[str] = (),
    limit: float = 30.0,
    progress: Callable[[int], None] | None = None,
    engine: Engine | None = None,
    lane_cases: int = LANE_CASES,
) -> ReplayReport:
    """Drive every case through both arms; `limit` is the longest that a route may take, in seconds.

    A CaseStream is never held, other `cases` are. `engine` says who drives them (default: one lane after another, from
    here); `lane_cases` is how many one pair of arms drives before a fresh pair takes over.
    """
    cases = cases if isinstance(cases, CaseStream) else tuple(cases)
    job = job_of(
        legacy, registry, cases, depth=depth, plan=plan, ignore=ignore, noise=noise, intended=intended, limit=limit
    )
    return run_job(job, cases, progress=progress, engine=engine, lane_cases=lane_cases)


def job_of(
    legacy: ArmSpec,
    registry: ArmSpec,
    cases: CaseStream | Sequence[Case],
    *,
    depth: Depth,
    plan: ReplayPlan,
    ignore: Mapping[str, str] | None = None,
    noise: NoiseRules = NO_NOISE,
    intended: Collection[str] = (),
    limit: float = 30.0,
) -> Job:
    """Give what all lanes of a replay have in common, for who does more with it than one replay."""
    setup = ArmSetup(depth, plan.modules, _templates(cases), secrets.token_bytes(32), limit)
    return Job(_anywhere(legacy), _anywhere(registry), setup, plan, dict(ignore or {}), noise, frozenset(intended))


def run_job(
    job: Job,
    cases: CaseStream | Sequence[Case],
    *,
    progress: Callable[[int], None] | None = None,
    engine: Engine | None = None,
    lane_cases: int = LANE_CASES,
) -> ReplayReport:
    """Drive the cases of a job."""
    gathered = Gathered(job.plan)
    for result in (engine or InProcess()).run(job, deal(cases, size=lane_cases), _Told(progress)):
        gathered.add(result)
    return gathered.report(job, cases)


def _anywhere(spec: ArmSpec) -> ArmSpec:
    """Give an arm with paths that mean the same to a worker in another folder."""
    return replace(spec, root=spec.root.resolve(), hooks=spec.hooks and spec.hooks.resolve())


def _templates(cases: CaseStream | Sequence[Case]) -> Json:
    if isinstance(cases, CaseStream):
        return cases.templates
    return templates_to_json(chain.from_iterable(case.exchanges or () for case in cases))


class _Told:
    """Tells progress as the number of cases done in all."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self._progress, self._done = progress, 0

    def __call__(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done)


class Gathered:
    """Merges the results of lanes, in their order."""

    def __init__(self, plan: ReplayPlan) -> None:
        self._findings, self._coverage = Findings(), CoverageCounter(plan).coverage()
        self._missing: dict[str, dict[str, None]] = {}
        self._idle, self._seconds = True, 0.0

    def add(self, result: LaneResult) -> None:
        self._findings.merge(result.findings)
        self._coverage = self._coverage.joined(result.coverage)
        for arm, names in result.missing.items():
            self._missing.setdefault(arm, {}).update(dict.fromkeys(names))
        self._idle = self._idle and result.idle
        self._seconds += result.seconds

    def report(self, job: Job, cases: CaseStream | Sequence[Case]) -> ReplayReport:
        found, rename = self._findings, Renaming().renamed
        return ReplayReport(
            depth=job.setup.depth,
            legacy=job.legacy.label,
            registry=job.registry.label,
            tally=found.tally,
            clusters=rename(found.clusters),
            ignored=rename(found.ignored),
            errors=rename(tuple(found.errors.values())),
            reasons=dict(found.reasons),
            hidden=dict(sorted(found.hidden.counts.items())),
            died=found.died,
            coverage=self._coverage,
            missing={arm: tuple(names) for arm, names in self._missing.items()},
            idle=self._idle,
            duplicates=cases.duplicates if isinstance(cases, CaseStream) else 0,
            damage=tuple(cases.damage) if isinstance(cases, CaseStream) else (),
            seconds=self._seconds,
            real_waits=dict(found.real_waits),
            intended=rename(found.intended.clusters()),
            idle_answer=found.idle_answers.most_common(1)[0][0] if self._idle and found.idle_answers else "",
        )
