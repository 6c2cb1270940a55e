"""Fuzzing: Hypothesis makes routes up from seeds, both arms are asked, and what differs is made as small as it gets.

    with Duel(legacy, registry, setup) as duel:
        report = fuzz(duel, seeds, plan, seed=7)

Each round looks until something new differs, then shrinks that; the next round leaves it alone. So every cluster is
found, counted and shrunk by itself. The same seed gives the same routes; past findings are asked first.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.errors import Flaky, HypothesisWarning
from hypothesis.strategies import SearchStrategy

from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._bodies import streamed
from cutover_parity.cases._cases import Case
from cutover_parity.cases._naming import Naming, named
from cutover_parity.cases._places import Place
from cutover_parity.cases._script import Script
from cutover_parity.compare._signature import Signature
from cutover_parity.fuzzing._hunt import DEATH, Enough, Finding, Hunt, Limits
from cutover_parity.fuzzing._probing import probe
from cutover_parity.fuzzing._seeds import Seed
from cutover_parity.noise._noise import NO_NOISE, NoiseRules
from cutover_parity.replay._duel import Duel
from cutover_parity.replay._lanes import Job, LaneResult
from cutover_parity.replay._replay import Gathered, ReplayReport
from cutover_parity.strategies import EVERY_STEP, case_of, routes

_MOST_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """What a fuzz run found: `findings` are the clusters with the smallest route of each, `replay` the counts.

    `reached` counts the cases in which a provider was called. `idle_seeds` reached none, and were not varied. `ended`
    says what ended the run: "cases", "time", "nothing new" (all that the seeds allow had been asked), "many findings"
    (no further kinds were looked for).
    """

    seed: int
    reached: int
    findings: tuple[Finding, ...]
    ended: str
    replay: ReplayReport
    idle_seeds: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing differed, nothing escaped, and providers were reached."""
        return self.replay.clean and not self.findings and self.reached > 0

    @property
    def exit_code(self) -> int:
        """0 when clean, else 1."""
        return 0 if self.clean else 1


def fuzz(
    duel: Duel,
    seeds: Sequence[Seed],
    plan: ReplayPlan,
    *,
    seed: int = 0,
    limits: Limits | None = None,
    aliases: Sequence[str] = (),
    place: Place | None = None,
    past: Iterable[tuple[Case, ...]] = (),
    ignore: Mapping[str, str] | None = None,
    noise: NoiseRules = NO_NOISE,
    progress: Callable[[int], None] | None = None,
) -> FuzzReport:
    """Ask routes made from the seeds until the limits are used up.

    `past` are findings of earlier runs, asked first. `place` is where requests name their provider, if that is known;
    else it is found by trying.
    """
    probed = probe(duel, seeds, plan.keys, place=place)
    hunt = Hunt(duel, plan, limits=limits or Limits(), ignore=ignore, noise=noise)
    again = _ask_first(hunt, past)
    _ask_first(hunt, islice(_walk(probed.seeds, plan.keys), hunt.limits.cases // 2))
    made = routes(probed.seeds, plan.keys, aliases=aliases)
    ended = _rounds(hunt, made, seed, progress or (lambda _: None))
    found = [replace(finding, past=finding.signature in again) for finding in hunt.found.values()]
    return FuzzReport(
        seed=seed,
        reached=hunt.reached,
        findings=tuple(sorted(found, key=lambda finding: (-finding.count, finding.signature))),
        ended=ended,
        replay=_report(duel, hunt, plan),
        idle_seeds=probed.idle,
    )


def _report(duel: Duel, hunt: Hunt, plan: ReplayPlan) -> ReplayReport:
    job = Job(*duel.specs, setup=duel.setup, plan=plan)
    finder = hunt.finder
    gathered = Gathered(plan)
    gathered.add(LaneResult(0, hunt.asked, finder.findings, finder.coverage, duel.missing, finder.idle, hunt.seconds))
    return gathered.report(job, ())


def _ask_first(hunt: Hunt, routes_made: Iterable[tuple[Case, ...]]) -> set[Signature]:
    met: set[Signature] = set()
    for cases in routes_made:
        try:
            signature = hunt.look(cases)
        except Enough:
            break
        met |= {signature} if signature else set()
    for signature in met:
        hunt.make_smaller(signature)
    return met


def _walk(seeds: Sequence[Seed], keys: Sequence[str]) -> Iterator[tuple[Case, ...]]:
    """Each key with each seed at its fullest, each fault, callers that leave: a short run leaves no site out."""
    for key in keys:
        for seed in seeds:
            plain = seed.fuller or seed.request
            for request in dict.fromkeys((plain, streamed(plain))):
                for place in seed.places[:1]:
                    naming = Naming("known", key)
                    yield (case_of(named(request, place, naming), naming=naming),)
    for step in EVERY_STEP:
        for seed in seeds:
            for naming, place in product((Naming("known", key) for key in keys[:1]), seed.places[:1]):
                yield (case_of(named(seed.request, place, naming), Script((step,)), naming),)
    for key in keys:
        for seed in seeds:
            for place in seed.places[:1]:
                naming = Naming("known", key)
                case = case_of(named(streamed(seed.request), place, naming), naming=naming)
                yield (replace(case, id=f"{case.id} left", leaves=1),)


def _rounds(hunt: Hunt, made: SearchStrategy[tuple[Case, ...]], seed: int, progress: Callable[[int], None]) -> str:
    done: set[Signature] = set(hunt.found)
    for number in range(_MOST_ROUNDS):
        if hunt.used_up:
            break
        before = hunt.asked
        target = _Round(hunt, done, progress).run(made, seed=seed * 1000 + number)
        if target is not None:
            done.add(target)
        elif hunt.asked == before:
            return hunt.used_up or "nothing new"
    return hunt.used_up or "many findings"


class _Differs(Exception):
    """A route differs in the cluster that this round is after."""


class _Round:
    """Looks for one new cluster, then makes its route smaller."""

    def __init__(self, hunt: Hunt, done: set[Signature], progress: Callable[[int], None]) -> None:
        self._hunt, self._done, self._progress = hunt, done, progress
        self._target: Signature | None = None

    def run(self, made: SearchStrategy[tuple[Case, ...]], *, seed: int) -> Signature | None:
        """Give the signature of what was found and shrunk."""
        test = hypothesis.seed(seed)(self._settings()(hypothesis.given(made)(self._try)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", HypothesisWarning)
                test()
        except (_Differs, Enough):
            pass
        except Flaky:
            if self._target is not None:
                self._hunt.doubt(self._target)
        return self._target

    def _settings(self) -> hypothesis.settings:
        return hypothesis.settings(
            max_examples=1_000_000,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )

    def _try(self, cases: tuple[Case, ...]) -> None:
        if self._differs(cases):
            raise _Differs  # the one place: Hypothesis tells findings apart by where they are raised

    def _differs(self, cases: tuple[Case, ...]) -> bool:
        if self._target is not None:
            return self._hunt.look_smaller(cases) == self._target
        signature = self._hunt.look(cases)
        self._progress(self._hunt.asked)
        if signature is not None and signature not in self._done and signature != DEATH:
            self._target = signature
        return self._target is not None
