"""A rollout as one frozen value: all that the controller knows, to be kept as JSON and gone on with anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cutover_rollout.controller._bench import Bench
from cutover_rollout.plan import RolloutPlan, Stage
from cutover_telemetry.judge import Ledger


class Phase(StrEnum):
    """Where a rollout stands."""

    COLLECTING = "collecting"
    HOLD = "hold"
    ROLLED_BACK = "rolled back"
    AT_100 = "at 100 %"
    DONE = "done"


class Waits(StrEnum):
    """What a rollout on hold waits for."""

    PERSON = "a person promotes it"
    RESUME = "it is resumed"


class Verdict(StrEnum):
    """What one look says."""

    COLLECTING = "collecting"
    PROMOTE = "promote"
    HOLD = "hold"
    ROLL_BACK = "roll back"
    CANNOT_JUDGE = "cannot judge"


class Action(StrEnum):
    """What a decision does."""

    BEGIN = "begin"
    NOTHING = "nothing"
    NAME = "name the providers"
    PROMOTE = "promote"
    HOLD = "hold"
    QUARANTINE = "quarantine"
    ROLL_BACK = "roll back"
    ADVANCE = "advance"
    PAUSE = "pause"
    RESUME = "resume"
    KILL = "kill"
    RELEASE = "release"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where a rollout stands. Times are seconds, of the clock that `at` of the looks is of.

    Attributes:
        plan: What it was told.
        revision: Of the certificate that it began with; nothing is promoted on another.
        began: When it began.
        round: 1, and one more each time that the same revision was begun again.
        pot: The part of alpha that this round may take.
        stage: The place of the present stage in the plan.
        since: When the present stage began.
        phase: Where it stands; where on hold, `waits` says for what.
        why: The last decision in one sentence.
        ledger: What was taken of the one error probability, by round and stage.
        providers: Those that have a part of it each in this stage; empty until they are known.
        restless: What jumped about in earlier stages: metrics by provider, "*" for all together.
        counted_from: The first minute that counts, where that is not the stage's: by provider, "*" for all together.
        strayed: Whether other code than the certificate's was served in this stage.
        quarantined: Providers that this rollout put on legacy, each with the reason.
        killed: Whether everything was put on legacy by a person.
        verdict: What the last look said.
        looked: When that was.
        bench: The evidence of the present stage; None where it is to be counted again from the stage's minutes.
    """

    plan: RolloutPlan
    revision: str
    began: float
    round: int = 1
    pot: float = 1.0
    stage: int = 0
    since: float = 0.0
    phase: Phase = Phase.COLLECTING
    waits: Waits | None = None
    why: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    providers: tuple[str, ...] = ()
    restless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counted_from: Mapping[str, int] = field(default_factory=dict)
    strayed: bool = False
    quarantined: Mapping[str, str] = field(default_factory=dict)
    killed: bool = False
    verdict: Verdict = Verdict.COLLECTING
    looked: float | None = None
    bench: Bench | None = field(default=None, repr=False)

    @property
    def at_stage(self) -> Stage:
        """The present stage."""
        return self.plan.stages[self.stage]

    @property
    def running(self) -> bool:
        """Whether its share is in force."""
        return self.phase in (Phase.COLLECTING, Phase.HOLD, Phase.AT_100)

    @property
    def share(self) -> float:
        """The share that is in force; a rollout that is done stays where it came to."""
        return 0.0 if self.phase is Phase.ROLLED_BACK or self.killed else self.at_stage.share

    @property
    def seen(self) -> int | None:
        """The last minute that was counted; None where the stage is to be counted from its beginning."""
        return None if self.bench is None else self.bench.last

    @property
    def entry(self) -> str:
        """The name of the present stage in the ledger."""
        return f"round {self.round}, {self.at_stage.name}"

    @property
    def alpha(self) -> float:
        """What the present stage took of the error probability; 0 where nothing is judged."""
        return next((each.alpha for each in self.ledger.entries if each.name == self.entry), 0.0)
