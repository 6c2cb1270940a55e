"""A pair of running arms: asked case by case, or driven through many cases without waiting for each.

with Duel(legacy, registry, setup) as duel:
    one, other = duel.ask(case)
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self, TypeAlias

from cutover_parity.arms._arm import Arm, ArmSetup, ArmSpec, Reply, line_of
from cutover_parity.cases._cases import Case
from cutover_parity.errors import WorkerDied

NAMES = ("legacy", "registry")
_MOST_DEATHS = 20


@dataclass(frozen=True, slots=True)
class Answered:
    """Both arms answered a case."""

    case: Case
    legacy: Reply
    registry: Reply


@dataclass(frozen=True, slots=True)
class Died:
    """The worker of one arm, or of both, ended in the middle of a case; `errors` are by the arm's name."""

    case: Case
    errors: tuple[tuple[str, WorkerDied], ...]


Outcome: TypeAlias = Answered | Died


class Duel:
    """Two arms, held open as a context manager."""

    def __init__(self, legacy: ArmSpec, registry: ArmSpec, setup: ArmSetup) -> None:
        self.specs, self.setup = (legacy, registry), setup
        self._stack = ExitStack()
        self._arms: list[Arm] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            pairs = zip(self.specs, self.setup.salts, strict=True)
            self._arms = [stack.enter_context(Arm(spec, self.setup, salt=salt)) for spec, salt in pairs]
            for arm in self._arms:
                arm.wait_until_ready()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def missing(self) -> dict[str, tuple[str, ...]]:
        """The callees of the plan that an arm does not have, by the arm's name."""
        return {name: arm.missing for name, arm in zip(NAMES, self._arms, strict=True) if arm.missing}

    def ask(self, case: Case) -> tuple[Reply, Reply]:
        """Drive one case through both arms; give the legacy reply and the registry reply.

        Raise WorkerDied if a worker dies of it; both arms are started afresh then, and can be asked again.
        """
        for arm in self._arms:
            arm.send(case)
        outcome = self._outcome(case)
        if _apart(outcome):
            self._start_afresh()
            return self.ask(case)
        if isinstance(outcome, Died):
            self._start_afresh()
            raise outcome.errors[0][1]
        return outcome.legacy, outcome.registry

    def drive(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        """Drive many cases, each outcome in its turn; where a worker dies, both are started afresh for the rest.

        Raise WorkerDied when it dies of many cases in a row.
        """
        rest, deaths = list(cases), 0
        while rest:
            done = 0
            for outcome in self._driven(rest):
                if _apart(outcome):
                    self._start_afresh()
                    break
                done += 1
                deaths = deaths + 1 if isinstance(outcome, Died) else 0
                yield outcome
                if isinstance(outcome, Died):
                    if deaths >= _MOST_DEATHS:
                        raise outcome.errors[0][1]
                    self._start_afresh()
            rest = rest[done:]

    def _driven(self, cases: Sequence[Case]) -> Iterator[Outcome]:
        lines = [line_of(case) for case in cases]
        for arm in self._arms:
            arm.feed(lines)
        for case in cases:
            outcome = self._outcome(case)
            yield outcome
            if isinstance(outcome, Died):
                return

    def _outcome(self, case: Case) -> Outcome:
        replies: list[Reply] = []
        errors: list[tuple[str, WorkerDied]] = []
        for name, arm in zip(NAMES, self._arms, strict=True):
            try:
                replies.append(arm.reply(case.id))
            except WorkerDied as error:
                errors.append((name, error))
        return Died(case, tuple(errors)) if errors else Answered(case, replies[0], replies[1])

    def _start_afresh(self) -> None:
        self._stack.close()
        self.__enter__()


def _apart(outcome: Outcome) -> bool:
    """Whether the arms' clocks have parted: an earlier route took hours in one arm only, and the next ones pay for it.

    What follows would differ in each date. A route with a pause before it is different: it belongs to the one before.
    """
    return (
        isinstance(outcome, Answered) and outcome.case.pause is None and outcome.legacy.begun != outcome.registry.begun
    )
