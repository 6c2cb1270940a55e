"""What a team requires of coverage before it trusts a replay: the gate of `cutover coverage --require`.

full        every cell (site, key, outcome) was reached, by recorded requests or by generated ones
recorded    every branch (site and own key) was reached by a recorded request, with whatever outcome
75%         that share of all cells was reached
"""

from dataclasses import dataclass
from typing import TypeAlias

from cutover_parity.errors import UnknownRequirement
from cutover_parity.replay._coverage import Coverage


@dataclass(frozen=True, slots=True)
class Enough:
    """The requirement is met."""

    required: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """The requirement is not met; `holes` are what is missing, in words."""

    required: str
    holes: tuple[str, ...]


Judgement: TypeAlias = Enough | Lacking


def check_requirement(required: str) -> str:
    """Give the requirement if it is one; raise UnknownRequirement."""
    number = required.removesuffix("%")
    if required in {"full", "recorded"} or (number != required and number.isdecimal() and int(number) <= 100):
        return required
    raise UnknownRequirement(required)


def judged(coverage: Coverage, required: str) -> Judgement:
    """Say whether coverage is enough, and if not, name the holes."""
    check_requirement(required)
    if required == "recorded":
        holes = [f"{site}: {key}" for site, key in coverage.unrecorded]
    else:
        holes = [f"{cell.site}: {cell.key}, {cell.outcome}" for cell in coverage.unreached]
    wanted = int(required.removesuffix("%")) if required.endswith("%") else 100
    enough = coverage.share * 100 >= wanted if required.endswith("%") else not holes
    return Enough(required) if enough else Lacking(required, tuple(holes))
