"""What the answers of a fleet say: how soon each worker was on legacy, and whether anybody was served by too much."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cutover_registry import bucket_of
from cutover_rollout.state import Decision
from kill_run._load import Answer

SHOWN = 3


@dataclass
class Turn:
    """One kill: the seconds until each worker was on legacy for good, and what was wrong with it."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What came of a scenario.

    Attributes:
        name: Of the scenario.
        most: Seconds that the 99th percentile may take.
        seconds: Of every worker in every turn, until it was on legacy.
        wrong: What must not happen and did.
    """

    name: str
    most: float
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, turn: Turn) -> None:
        """Take one turn in."""
        self.seconds += turn.seconds
        self.wrong += turn.wrong

    def quantile(self, q: float) -> float:
        """Seconds within which this part of the workers was on legacy; infinite where none was seen."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(len(ranked) * q))] if ranked else float("inf")

    @property
    def held(self) -> bool:
        """Whether nothing was wrong and the limit was kept."""
        return not self.wrong and self.quantile(0.99) <= self.most


def turn_of(answers: Sequence[Sequence[Answer]], since: float) -> Turn:
    """How a kill at that time went; the answers since then are given by worker.

    A worker was on legacy with the first answer after its last by the registry arm.
    """
    told = Turn()
    for worker, found in enumerate(answers):
        last = max((each.at for each in found if each.registry), default=since)
        after = [each.at for each in found if each.at > last]
        if after:
            told.seconds.append(min(after) - since)
        else:
            told.wrong.append(f"worker {worker} is still on the registry arm")
    return told


def returned(answers: Iterable[Answer], quiet: Sequence[tuple[float, float]]) -> list[str]:
    """Answers of the registry arm in times when everything was killed."""
    found = [each for each in answers if each.registry and any(begin < each.at < end for begin, end in quiet)]
    return [f"worker {each.worker} served {each.user} by the registry arm while killed" for each in found[:SHOWN]]


def raised(answers: Iterable[Answer], decisions: Sequence[Decision], *, since: float, lag: float) -> list[str]:
    """Answers of the registry arm that no decision explains which was in force within `lag` seconds before them.

    A decision has one rule, with a share for all, or it kills.
    """
    offset = time.time() - time.monotonic()
    spans = [(each.at - offset, _share(each), each.document.get("salt", "")) for each in decisions]
    ends = [at for at, *_ in spans[1:]] + [float("inf")]
    wrong = []
    for each in answers:
        if each.registry and each.at >= since:
            in_force = [
                (share, salt)
                for (at, share, salt), end in zip(spans, ends, strict=True)
                if at <= each.at and end >= each.at - lag
            ]
            if not any(bucket_of(each.user, salt=salt) < share for share, salt in in_force):
                wrong.append(f"worker {each.worker} served {each.user} by the registry arm: {in_force}")
    return wrong[:SHOWN]


def doubled(decisions: Sequence[Decision]) -> list[str]:
    """Versions that are not each one more than the one before."""
    found = [each.version for each in decisions]
    return [] if found == list(range(1, len(found) + 1)) else [f"the audit has the versions {found}"]


def climbed(decisions: Sequence[Decision]) -> list[str]:
    """Stages that were left out, taken twice or gone back from, in the decisions of one rollout up to its last."""
    stages = [each.document["rollout"]["stage"] for each in decisions]
    taken = [stage for stage, before in zip(stages, [-1, *stages], strict=False) if stage != before]
    return [] if taken == list(range(len(taken))) else [f"the stages were {stages}"]


def _share(decision: Decision) -> float:
    document = decision.document
    if document.get("kill"):
        return 0.0
    return max(
        (rule.get("share", float(rule.get("arm") == "registry")) for rule in document.get("rules", ())), default=0.0
    )
