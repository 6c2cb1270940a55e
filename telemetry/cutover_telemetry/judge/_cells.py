"""What one arm did at one provider in one minute, and the two arms side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cutover_telemetry.judge._distribution import Distribution, Values

TIMEOUT_WORDS = ("timeout", "timedout", "timed_out", "deadline")
TIMEOUT_STATUSES = ("408", "504", "524")


@dataclass(frozen=True, slots=True)
class Cell:
    """Attempts of one arm; `extra` are those that were followed by another, None where that is not known.

    `latency` is of attempts that gave their whole answer: a provider that fails fast is not a fast one.
    """

    attempts: int = 0
    errors: int = 0
    timeouts: int = 0
    extra: int | None = None
    latency: Distribution = field(default_factory=Values)
    first_chunk: Distribution = field(default_factory=Values)


@dataclass(frozen=True, slots=True)
class Pair:
    """One provider in one minute (since the epoch): the candidate's cell and the control's."""

    provider: str
    minute: int
    candidate: Cell
    control: Cell
    share: float | None = None


Cells = Mapping[tuple[str, int], Cell]


def is_timeout(error: str | None) -> bool:
    """Whether an error's low-cardinality name is that of a timeout."""
    if error is None:
        return False
    name = error.lower()
    return name in TIMEOUT_STATUSES or any(word in name for word in TIMEOUT_WORDS)


def beside(candidate: Cells, control: Cells, *, share: float | None = None) -> tuple[Pair, ...]:
    """Both arms, minute by minute; a minute in which one of them had nothing has an empty cell there."""
    keys = sorted({*candidate, *control}, key=lambda key: (key[1], key[0]))
    return tuple(
        Pair(
            provider, minute, candidate.get((provider, minute), Cell()), control.get((provider, minute), Cell()), share
        )
        for provider, minute in keys
    )


def providers(pairs: Iterable[Pair]) -> tuple[str, ...]:
    """The providers in these pairs, sorted."""
    return tuple(sorted({pair.provider for pair in pairs}))
