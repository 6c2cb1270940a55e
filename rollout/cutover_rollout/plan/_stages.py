"""The stages of a plan: what each is, what they must be together, and how they share the error probability."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from cutover_rollout.plan import _checks
from cutover_rollout.plan._errors import InvalidPlan
from cutover_telemetry.judge import stage_weights

LONGEST = 60.0 * 24 * 365
SHADOW_PART = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a rollout.

    Attributes:
        name: As reports call it.
        share: Of the routes with a key, 0 to 1, on the registry arm. 0 in a shadow stage.
        minutes: It lasts at least so long; the last stage until the rollout may be called done.
        requests: The candidate has at least so many of them in it (pairs, in a shadow stage).
        shadow: The candidate is only shadowed, and serves nothing.
        part: Its part of the error probability; None: of what the others leave, by what can be seen at its share.
    """

    name: str
    share: float
    minutes: float
    requests: int = 0
    shadow: bool = False
    part: float | None = None

    def __post_init__(self) -> None:
        _checks.words("stage", "name", self.name)
        where = f"stage {self.name!r}"
        _checks.number(where, "share", self.share, least=0, most=1)
        _checks.number(where, "minutes", self.minutes, least=0, most=LONGEST)
        _checks.whole(where, "requests", self.requests, least=0)
        _checks.flag(where, "shadow", self.shadow)
        if self.shadow != (self.share == 0):
            raise InvalidPlan(where, f"share is {self.share} and shadow is {self.shadow}; a shadow has share 0, and"
                              " nothing else has")  # fmt: skip
        if self.part is not None:
            _checks.number(where, "part", self.part, least=0, most=1)
            if self.judged != (self.part > 0):
                raise InvalidPlan(where, f"part is {self.part}: what is judged needs one, and 100 % is not judged")

    @property
    def judged(self) -> bool:
        """Whether there is something to judge it by: at 100 % there is no control."""
        return self.share < 1


def check_stages(where: str, stages: tuple[Stage, ...]) -> None:
    """Refuse stages that lead nowhere."""
    if not stages or stages[-1].share != 1:
        raise InvalidPlan(where, "the last stage has to have share 1")
    names = [stage.name for stage in stages]
    if len(set(names)) < len(names):
        raise InvalidPlan(where, f"stages is {names!r}: a name stands twice")
    for earlier, later in pairwise(stages):
        if later.share <= earlier.share:
            problem = f"stage {later.name!r} has share {later.share}, no more than {earlier.name!r} before it"
            raise InvalidPlan(where, problem)
    _checks.at_most_one(where, "the parts of the stages", sum(stage.part or 0.0 for stage in stages))
    if any(part <= 0 for stage, part in zip(stages, stage_parts(stages), strict=True) if stage.judged):
        raise InvalidPlan(where, "the parts of some stages leave nothing for the others")


def stage_parts(stages: tuple[Stage, ...]) -> tuple[float, ...]:
    """The part of each stage; those that say none share what is left, a shadow a tenth of it."""
    silent = [stage for stage in stages if stage.part is None and stage.judged]
    left = 1.0 - sum(stage.part or 0.0 for stage in stages)
    serving = [stage for stage in silent if not stage.shadow]
    for_shadow = left * (SHADOW_PART if serving else 1.0) if len(serving) < len(silent) else 0.0
    weights = stage_weights(tuple(stage.share for stage in serving))
    parts = {stage.name: (left - for_shadow) * weight for stage, weight in zip(serving, weights, strict=True)}
    return tuple(
        stage.part if stage.part is not None else parts.get(stage.name, for_shadow if stage.shadow else 0.0)
        for stage in stages
    )
