"""The two arms: over time, side by side, and judged."""

from __future__ import annotations

from cutover_telemetry.overview._records import ArmPoint, Arms, Side, Sides
from cutover_telemetry.overview._times import percentiles, seconds, three
from cutover_telemetry.overview._verdicts import overall, verdicts
from cutover_telemetry.overview._view import View
from cutover_telemetry.store import ArmCard, Panels, Store
from cutover_telemetry.store import ArmPoint as StoredPoint

LEGACY, REGISTRY = "legacy", "registry"
NOT_YET = "not judged yet"


def arms(store: Store, view: View, panels: Panels, *, judged: bool) -> Arms:
    """The panel of the arms; without verdicts where nobody waits for them."""
    told = verdicts(store, view, panels) if judged else ()
    return Arms(
        step=seconds(panels.step),
        curves=tuple(_point(point) for point in panels.arm_points),
        sides=_sides(panels),
        verdicts=told,
        overall=overall(told) if judged or not panels.arms else NOT_YET,
    )


def _sides(panels: Panels) -> tuple[Sides, ...]:
    cards = {(card.provider, card.arm): _side(card) for card in panels.arms}
    names = sorted({provider for provider, _ in cards})
    return tuple(Sides(name, cards.get((name, LEGACY)), cards.get((name, REGISTRY))) for name in names)


def _side(card: ArmCard) -> Side:
    volume = card.volume
    return Side(
        volume.attempts,
        volume.answered,
        volume.failed,
        volume.cancelled,
        volume.success,
        *three(card.latency),
        first_chunk=percentiles(card.first_chunk),
        errors=dict(volume.errors),
    )


def _point(point: StoredPoint) -> ArmPoint:
    return ArmPoint(
        seconds(point.start),
        point.arm,
        point.volume.attempts,
        point.volume.failed,
        *three(point.latency),
        first_chunk_p95=None if point.first_chunk is None else point.first_chunk.p95,
    )
