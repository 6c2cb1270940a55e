"""Replays cases through two arms at once and compares what they did.

report = replay(ArmSpec(old, "src.main:app"), ArmSpec(new, "src.main:app", "registry"), cases, depth="calls", plan=plan)
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain

from cutover_parity._arm import Arm, ArmSetup, ArmSpec, Reply, line_of
from cutover_parity._cases import Case
from cutover_parity._compare import Ignored, Match, Mismatch, Verdict, compare
from cutover_parity._coverage import Coverage, CoverageCounter
from cutover_parity._http_stubs import Depth, templates_to_json
from cutover_parity._plan import ReplayPlan
from cutover_parity._statement import statement, upper_bound


@dataclass(frozen=True, slots=True)
class Pair:
    """One case and what came of it."""

    case: Case
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CaseError:
    """Something that an arm tried and that was refused: an unmatched request, a request that escaped its stub."""

    case_id: str
    arm: str
    message: str


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found.

    `idle`: no case asked a site, called a function of the plan or sent anything upstream, so that nothing was compared
    that matters. `seconds` covers the cases only, not the start of the workers.
    """

    depth: Depth
    legacy: str
    registry: str
    replays: int
    mismatches: tuple[Pair, ...]
    ignored: tuple[Pair, ...]
    errors: tuple[CaseError, ...]
    coverage: Coverage
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    idle: bool = False
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """No mismatch, no error, and at least one case that reached a provider."""
        return not self.mismatches and not self.errors and not self.idle

    @property
    def exit_code(self) -> int:
        """0 when clean, else 1."""
        return 0 if self.clean else 1

    @property
    def bound(self) -> float:
        """The exact upper bound on the mismatch rate with 95 % confidence."""
        return upper_bound(len(self.mismatches), self.replays) if self.replays else 1.0

    @property
    def statement(self) -> str:
        """The bound in a sentence."""
        return statement(len(self.mismatches), self.replays)


def replay(
    legacy: ArmSpec,
    registry: ArmSpec,
    cases: Sequence[Case],
    *,
    depth: Depth = "calls",
    plan: ReplayPlan,
    ignore: Mapping[str, str] | None = None,
    limit: float = 30.0,
    progress: Callable[[int], None] | None = None,
) -> ReplayReport:
    """Drive every case through both arms; `limit` is the longest that a route may take, in seconds."""
    exchanges = chain.from_iterable(case.exchanges or () for case in cases)
    setup = ArmSetup(depth, plan.modules, templates_to_json(exchanges), secrets.token_bytes(32), limit)
    with ExitStack() as stack:
        arms = [stack.enter_context(Arm(spec, setup)) for spec in (legacy, registry)]
        for arm in arms:
            arm.wait_until_ready()
        begun = time.perf_counter()
        lines = [line_of(case) for case in cases]
        for arm in arms:
            arm.feed(lines)
        found = _Findings(plan, ignore or {})
        for number, case in enumerate(cases, start=1):
            found.add(case, arms[0].reply(case.id), arms[1].reply(case.id))
            if progress is not None:
                progress(number)
        seconds = time.perf_counter() - begun
    missing = {name: arm.missing for name, arm in zip(("legacy", "registry"), arms, strict=True) if arm.missing}
    return ReplayReport(
        depth=depth,
        legacy=legacy.label,
        registry=registry.label,
        replays=len(cases),
        mismatches=tuple(found.mismatches),
        ignored=tuple(found.ignored),
        errors=tuple(found.errors),
        coverage=found.counter.coverage(),
        missing=missing,
        idle=found.counter.idle,
        seconds=seconds,
    )


class _Findings:
    """Gathers verdicts; replies that are the same text match without being read."""

    def __init__(self, plan: ReplayPlan, ignore: Mapping[str, str]) -> None:
        self.mismatches: list[Pair] = []
        self.ignored: list[Pair] = []
        self.errors: list[CaseError] = []
        self.counter = CoverageCounter(plan)
        self._ignore = ignore

    def add(self, case: Case, legacy: Reply, registry: Reply) -> None:
        self.counter.add(case, (json.loads(legacy.aside), json.loads(registry.aside)))
        self.errors += _errors(case, {"legacy": legacy, "registry": registry})
        verdict = self._verdict(legacy, registry)
        if isinstance(verdict, Mismatch):
            self.mismatches.append(Pair(case, verdict))
        elif isinstance(verdict, Ignored):
            self.ignored.append(Pair(case, verdict))

    def _verdict(self, legacy: Reply, registry: Reply) -> Verdict:
        if legacy.observation == registry.observation:
            return Match()
        return compare(json.loads(legacy.observation), json.loads(registry.observation), ignore=self._ignore)


def _errors(case: Case, replies: Mapping[str, Reply]) -> Iterator[CaseError]:
    for arm, reply in replies.items():
        if '"escapes":[]' not in reply.observation:
            escapes: Iterable[str] = json.loads(reply.observation)["escapes"]
            yield from (CaseError(case.id, arm, message) for message in escapes)
