"""How large the difference between the arms is: from the sums of the whole window, so that it costs next to nothing.

The limits are those of `judge.effects`, moved apart by as much as the judge saw the slices scatter more than
independent requests would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import exp, log, sqrt

from cutover_telemetry.judge import Cell, Effect, Values, is_timeout
from cutover_telemetry.store import ArmCard, Panels, Sketch

Whole = tuple[str | None, str]
"""Provider (None of all together) and arm."""
LARGEST = 700.0


def wholes(panels: Panels) -> Mapping[Whole, Cell]:
    """The sums of each provider on each arm, and of all together; an empty one where there was nothing."""
    extra: dict[Whole, int] = defaultdict(int)
    for each in panels.slices:
        extra[each.provider, each.arm] += each.failovers_away
        extra[None, each.arm] += each.failovers_away
    grouped: dict[Whole, list[ArmCard]] = defaultdict(list)
    for card in panels.arms:
        grouped[card.provider, card.arm].append(card)
        grouped[None, card.arm].append(card)
    return defaultdict(Cell, {whole: _cell(cards, extra[whole]) for whole, cards in grouped.items()})


def limits(effect: Effect, *, scatter: float) -> tuple[float, float]:
    """Low and high, where slices scatter so many times wider than independent requests."""
    wider = sqrt(max(1.0, scatter))
    if effect.ratio:
        low, value, high = (log(each) if each > 0 else -LARGEST for each in (effect.low, effect.value, effect.high))
        ends = (value - (value - low) * wider, value + (high - value) * wider)
        return exp(max(ends[0], -LARGEST)), exp(min(ends[1], LARGEST))
    low, high = (effect.value + (end - effect.value) * wider for end in (effect.low, effect.high))
    return max(-1.0, low), min(1.0, high)


def _cell(cards: Iterable[ArmCard], extra: int) -> Cell:
    given = list(cards)
    attempts = sum(card.volume.attempts for card in given)
    latency = Sketch.merged(card.latency_sketch for card in given)
    first_chunk = Sketch.merged(card.first_chunk_sketch for card in given)
    return Cell(
        attempts,
        sum(card.volume.failed for card in given),
        sum(count for card in given for name, count in card.volume.errors.items() if is_timeout(name)),
        min(extra, attempts),
        latency if latency.count else Values(),
        first_chunk if first_chunk.count else Values(),
    )
