"""What a look or a person's word comes to: a decision, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cutover_rollout.controller._rollout import Action, Rollout, Verdict
from cutover_rollout.controller._told import told

CONTROLLER = "controller"


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, and why.

    Attributes:
        action: What it does.
        verdict: What was said of the candidate.
        rollout: The rollout after it.
        why: One plain sentence.
        at: When it was made.
        by: Who decided: "controller", or a person's name.
        changes: Whether the state has to be written: the rollout stands otherwise than before, not only further on.
        ground: The rollout that the evidence is of: as it was when it was decided.
        provider: Whom alone it is about, if it is about one.
    """

    action: Action
    verdict: Verdict
    rollout: Rollout
    why: str
    at: float
    by: str = CONTROLLER
    changes: bool = False
    ground: Rollout | None = field(default=None, repr=False)
    provider: str | None = None

    @property
    def evidence(self) -> dict[str, Any]:
        """Effect sizes, intervals, counts and the ledger that it rests on, as JSON."""
        ground = self.ground or self.rollout
        made: dict[str, Any] = {
            "action": self.action.value,
            "verdict": self.verdict.value,
            "at": self.at,
            "by": self.by,
        }
        if self.provider is not None:
            made["provider"] = self.provider
        return {**made, "why": self.why, "round": ground.round, "revision": ground.revision, **told(ground, self.at)}


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for is not done; the rollout is as it was."""

    action: Action
    why: str
    rollout: Rollout | None = None
