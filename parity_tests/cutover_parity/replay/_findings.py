"""What the cases of a lane showed: small however many there were, and mergeable with what other lanes showed.

finder = Finder(plan, ignore, noise, intended)
finder.add(outcome)
findings.merge(finder.findings)
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cutover_parity._messages import Json
from cutover_parity.arms._arm import Reply
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import Case
from cutover_parity.compare._clusters import Cluster, Clusters, options_on
from cutover_parity.compare._compare import Comparer
from cutover_parity.compare._verdicts import Ignored, Mismatch, Verdict
from cutover_parity.noise._noise import NO_NOISE, HiddenCounts, NoiseRules
from cutover_parity.replay._coverage import Coverage, CoverageCounter
from cutover_parity.replay._duel import Answered, Died, Outcome
from cutover_parity.replay._tally import Tally, providers_of
from cutover_parity.secrets._secrets import Scrubber

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_KEPT = 100
_WORDS = 200
_MORE = "further kinds of errors"
_OTHER_REASONS = "other combinations of reasons"


@dataclass(frozen=True, slots=True)
class Pair:
    """One case and what came of it."""

    case: Case
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CaseError:
    """Something that an arm tried and that was refused, or of which its worker died.

    `case_id` is the first of the `count` cases in which that was so.
    """

    case_id: str
    arm: str
    message: str
    count: int = 1


@dataclass(slots=True)
class Findings:
    """Verdicts counted, mismatches in clusters; all errors and ignored cases are counted, the first of a kind kept."""

    tally: Tally = field(default_factory=Tally)
    gathered: Clusters = field(default_factory=Clusters)
    hidden: HiddenCounts = field(default_factory=HiddenCounts)
    errors: dict[tuple[str, str], CaseError] = field(default_factory=dict)
    ignored_by_reason: dict[str, Pair] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    died: int = 0
    real_waits: Counter[str] = field(default_factory=Counter)
    idle_answers: Counter[str] = field(default_factory=Counter)
    intended: Clusters = field(default_factory=Clusters)

    @property
    def counts(self) -> dict[str, int]:
        """How many cases had which end."""
        return self.tally.total.ends(self.died)

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The mismatches by cause, the largest cluster first."""
        return self.gathered.clusters()

    @property
    def error_counts(self) -> dict[tuple[str, str], int]:
        """The errors by arm and message, each with the number of its cases."""
        return {kind: error.count for kind, error in self.errors.items()}

    @property
    def mismatches(self) -> tuple[Pair, ...]:
        """The smallest case of each cluster."""
        return tuple(Pair(one.smallest.case, Mismatch(one.smallest.differences)) for one in self.clusters)

    @property
    def ignored(self) -> tuple[Pair, ...]:
        """The first case of each reason."""
        return tuple(self.ignored_by_reason.values())

    def merge(self, other: "Findings") -> None:
        """Add what a later lane found."""
        self.tally.merge(other.tally)
        self.gathered.merge(other.gathered)
        self.hidden.merge(other.hidden)
        for error in other.errors.values():
            self.error(error)
        for pair in other.ignored_by_reason.values():
            self._keep_ignored(pair)
        for reason, count in other.reasons.items():
            self._count_reason(reason, count)
        self.died += other.died
        self.real_waits.update(other.real_waits)
        self.idle_answers.update(other.idle_answers)
        self.intended.merge(other.intended)

    def compared(
        self, outcome: Answered, comparer: Comparer, asides: tuple[Json, Json], intended: Collection[str] = ()
    ) -> Verdict:
        """Compare the replies to one case and count what comes of it."""
        case, legacy, registry = outcome.case, outcome.legacy, outcome.registry
        verdict = comparer.verdict_of(legacy.observation, registry.observation)
        if isinstance(verdict, Mismatch):
            options = _options_of(asides)
            accepted = bool(options) and set(options) <= set(intended)
            self._cluster(outcome, verdict, asides, options, self.intended if accepted else self.gathered)
            self.hidden.add(verdict.hidden)
            if accepted:
                verdict = Ignored(f"intended{options_on(options)}", verdict.differences, verdict.hidden, options)
                self._count_reason(verdict.reason, 1)
                self._keep_ignored(Pair(case, verdict))
        elif isinstance(verdict, Ignored):
            self.hidden.add(verdict.hidden)
            self._count_reason(verdict.reason, 1)
            self._keep_ignored(Pair(case, verdict))
        self.tally.add(case, verdict, asides)
        return verdict

    @staticmethod
    def _cluster(
        outcome: Answered, verdict: Mismatch, asides: tuple[Json, Json], options: tuple[str, ...], among: Clusters
    ) -> None:
        observations = json.loads(outcome.legacy.observation), json.loads(outcome.registry.observation)
        provider = providers_of(outcome.case, asides[:1])[0]
        among.add(outcome.case, verdict, provider=provider, observations=observations, asides=asides, options=options)

    def error(self, error: CaseError) -> None:
        """Count an error; of more kinds than are kept, the rest is counted under one."""
        kind = (error.arm, error.message)
        if kind not in self.errors and len(self.errors) >= _KEPT:
            kind, error = (error.arm, _MORE), replace(error, message=_MORE)
        known = self.errors.get(kind)
        self.errors[kind] = error if known is None else replace(known, count=known.count + error.count)

    def _count_reason(self, reason: str, count: int) -> None:
        self.reasons[reason if reason in self.reasons or len(self.reasons) < _KEPT else _OTHER_REASONS] += count

    def _keep_ignored(self, pair: Pair) -> None:
        if isinstance(pair.verdict, Ignored) and len(self.ignored_by_reason) < _KEPT:
            self.ignored_by_reason.setdefault(pair.verdict.reason, pair)


class Finder:
    """Finds what the outcomes of a lane show, and what they reached."""

    def __init__(
        self,
        plan: ReplayPlan,
        ignore: Mapping[str, str] | None = None,
        noise: NoiseRules = NO_NOISE,
        intended: Collection[str] = (),
    ) -> None:
        self._intended = frozenset(intended)
        self.findings = Findings()
        self._comparer = Comparer(dict(ignore or {}), noise)
        self._counter = CoverageCounter(plan)

    @property
    def coverage(self) -> Coverage:
        """What was reached."""
        return self._counter.coverage()

    @property
    def idle(self) -> bool:
        """Whether no case did anything that concerns providers."""
        return self._counter.idle

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if isinstance(outcome, Died):
            self.findings.died += 1
            for arm, death in outcome.errors:
                self.findings.error(CaseError(outcome.case.id, arm, _printable(str(death))))
            return
        asides: tuple[Json, Json] = json.loads(outcome.legacy.aside), json.loads(outcome.registry.aside)
        self._counter.add(outcome.case, asides)
        if self.idle and len(self.findings.idle_answers) < _KEPT:
            self.findings.idle_answers[_printable(_in_short(json.loads(outcome.legacy.observation)))] += 1
        for aside in asides:
            self.findings.real_waits.update(aside.get("real_waits", {}))
        for error in _escapes(outcome):
            self.findings.error(error)
        self.findings.compared(outcome, self._comparer, asides, self._intended)


def _options_of(asides: tuple[Json, Json]) -> tuple[str, ...]:
    """Give the options that were on in the registry arm alone."""
    legacy, registry = (aside.get("options", []) for aside in asides)
    return tuple(name for name in registry if name not in legacy)


def _escapes(outcome: Answered) -> Iterator[CaseError]:
    replies: tuple[tuple[str, Reply], ...] = (("legacy", outcome.legacy), ("registry", outcome.registry))
    for arm, reply in replies:
        if '"escapes":[]' not in reply.observation:
            for message in json.loads(reply.observation)["escapes"]:
                yield CaseError(outcome.case.id, arm, message)


def _in_short(observation: Json) -> str:
    """Say how a route was answered: with what exception, else with which status and words."""
    error, answer = observation.get("error"), observation["answer"]
    if error is not None:
        return f"{error['type']}: {error['message']}"[:_WORDS]
    body = "".join(chunk for chunk in answer["chunks"] if isinstance(chunk, str))
    return f"{answer['status']} {body}"[:_WORDS]


def _printable(message: str) -> str:
    """Give an application's words without secrets, and without the addresses that differ from run to run."""
    return Scrubber().text(_ADDRESS.sub("0x…", message))
