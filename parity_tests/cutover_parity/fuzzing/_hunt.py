"""A hunt: routes are asked of both arms one after another; what differs is kept by cluster, the smallest case each."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cutover_parity._messages import Json
from cutover_parity.arms._arm import Reply
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import Case
from cutover_parity.compare._compare import Comparer
from cutover_parity.compare._signature import Signature
from cutover_parity.compare._verdicts import Difference, Mismatch
from cutover_parity.noise._noise import NO_NOISE, NoiseRules
from cutover_parity.replay._duel import Answered, Duel, Outcome
from cutover_parity.replay._findings import Finder
from cutover_parity.replay._shrink import shrink

DEATH = Signature("worker", "worker", "ended in one arm alone")
_NOTHING = Reply("{}", "{}")
_KEPT = 20
_STALE = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """One cluster of differences: the smallest route that shows it, which is several cases where one is not enough.

    `count` is how often it was met. `repeats` is False where the cases alone did not show it a second time.
    """

    signature: Signature
    cases: tuple[Case, ...]
    differences: tuple[Difference, ...]
    count: int = 1
    repeats: bool = True
    past: bool = False


class Enough(BaseException):
    """The hunt ends here, wherever it is: its limits are used up. No Exception, so that nothing takes it for one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many pairs are asked at most while looking, how many to make one finding smaller, and how long in all."""

    cases: int = 200
    shrinking: int = 300
    seconds: float | None = None


class Hunt:
    """Asks, compares and keeps."""

    def __init__(
        self,
        duel: Duel,
        plan: ReplayPlan,
        *,
        limits: Limits,
        ignore: Mapping[str, str] | None = None,
        noise: NoiseRules = NO_NOISE,
    ) -> None:
        self.found: dict[Signature, Finding] = {}
        self.finder = Finder(plan, ignore, noise)
        self.asked = self.reached = self.shrinking = 0
        self.limits = limits
        self._duel, self._comparer = duel, Comparer(dict(ignore or {}), noise)
        self._met: set[int] = set()
        self._stale = 0
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the hunt has lasted."""
        return time.monotonic() - self._begun

    @property
    def used_up(self) -> str:
        """Which limit is used up, if one is."""
        if self.limits.seconds is not None and self.seconds >= self.limits.seconds:
            return "time"
        if self._stale > _STALE:
            return "nothing new"
        return "cases" if self.asked >= self.limits.cases else ""

    def look(self, cases: tuple[Case, ...]) -> Signature | None:
        """Ask a new route; give the signature of the cluster if the arms differ. Raise Enough at the limits."""
        if self.used_up:
            raise Enough
        mark = hash(tuple((case.id, case.pause, case.leaves) for case in cases))
        if mark in self._met:
            self._stale += 1
            return None
        self._met.add(mark)
        self._stale = 0
        cases = cases[: self.limits.cases - self.asked]
        self.shrinking = 0
        finding = self._ask(cases, looking=True)
        return None if finding is None else self._keep(finding)

    def look_smaller(self, cases: tuple[Case, ...]) -> Signature | None:
        """Ask a smaller form of a route that differed; this is not counted as one more case."""
        if self.shrinking >= self.limits.shrinking or self.used_up == "time":
            raise Enough
        finding = self._ask(cases, looking=False)
        return None if finding is None else self._keep(finding, counted=False)

    def make_smaller(self, signature: Signature) -> None:
        """Leave out of a finding that nobody has shrunk whatever it does not need."""
        (case, *more), self.shrinking = self.found[signature].cases, 0
        if not more and signature != DEATH:
            smaller = shrink(self._replies, case, signature, comparer=self._comparer, asks=self.limits.shrinking)
            finding = self._ask((smaller,), looking=False)
            if finding is not None and finding.signature == signature:
                self._keep(finding, counted=False)
            else:
                self.doubt(signature)

    def _replies(self, case: Case) -> tuple[Reply, Reply]:
        (outcome,) = self._duel.drive([case])
        return (outcome.legacy, outcome.registry) if isinstance(outcome, Answered) else (_NOTHING, _NOTHING)

    def doubt(self, signature: Signature) -> None:
        """Note that a finding did not repeat."""
        self.found[signature] = replace(self.found[signature], repeats=False)

    def _keep(self, finding: Finding, *, counted: bool = True) -> Signature:
        known = self.found.get(finding.signature)
        count = int(counted) + (known.count if known else 0)
        smaller = known is None or _size(finding.cases) < _size(known.cases)
        self.found[finding.signature] = replace(finding if smaller or known is None else known, count=max(count, 1))
        return finding.signature

    def _ask(self, cases: tuple[Case, ...], *, looking: bool) -> Finding | None:
        finding = None
        for number, outcome in enumerate(self._duel.drive(cases), start=1):
            if looking:
                self._count(outcome)
            else:
                self.shrinking += 1
            if finding is None:
                finding = self._finding(outcome, cases[:number])
        return finding

    def _finding(self, outcome: Outcome, cases: tuple[Case, ...]) -> Finding | None:
        if not isinstance(outcome, Answered):
            return Finding(DEATH, cases, ()) if len(outcome.errors) == 1 else None
        verdict = self._comparer.verdict_of(outcome.legacy.observation, outcome.registry.observation)
        if not isinstance(verdict, Mismatch):
            return None
        return Finding(Signature.of(verdict), cases, verdict.differences[:_KEPT])

    def _count(self, outcome: Outcome) -> None:
        self.asked += 1
        if isinstance(outcome, Answered):
            aside = json.loads(outcome.legacy.aside)
            self.reached += bool(aside["trace"] or aside["made"] or aside["requests"])
            outcome = replace(outcome, case=replace(outcome.case, outcome=_met(_outcomes(outcome, aside))))
        self.finder.add(outcome)


def _outcomes(outcome: Answered, aside: Mapping[str, Json]) -> list[str]:
    """What became of each attempt of the legacy arm: of its calls, or of its requests where no function is replaced."""
    if aside["made"] or not aside["requests"]:
        return [made[3] for made in aside["made"]]
    return [request["outcome"] for request in json.loads(outcome.legacy.observation)["requests"]]


def _met(outcomes: list[str]) -> str:
    """What a route came to: an answer, an error at the end, or an answer after an error."""
    failed = [outcome != "answer" and not outcome.startswith("slow") for outcome in outcomes]
    if not any(failed):
        return "answer"
    return "error" if failed[-1] else "failover"


def _size(cases: tuple[Case, ...]) -> tuple[int, int]:
    return len(cases), sum(len(json.dumps(case.to_json())) for case in cases)
