"""What the judge says of the two arms of a window, as arms that were served at the same time.

Each slice of the window is one block of evidence, minutes where the window is short: a verdict of a long window rests
on fewer and longer blocks. A slice that is not over yet is not judged. Whoever asks again and again of one `Store`
has the evidence carried on: only the newest slices are judged, until the stretch that is judged is a quarter longer
than the window; then it is judged anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from cutover_telemetry.judge import Cell, Comparing, Effect, Judgement, Need, beside, effects, sliced_cells
from cutover_telemetry.judge import MetricVerdict as Judged
from cutover_telemetry.overview._effects import limits, wholes
from cutover_telemetry.overview._records import MetricVerdict, Verdict
from cutover_telemetry.overview._view import View
from cutover_telemetry.store import Panels, Slice, Store

LEGACY, REGISTRY = "legacy", "registry"
ARMS = (REGISTRY, LEGACY)
CANNOT = "cannot judge"
MOST_LONGER = 1.25
KEPT = 12
MINUTE = 60_000_000_000
Told = tuple[Verdict, ...]
BySlice = Mapping[int, Sequence[Slice]]


@dataclass(slots=True)
class _Running:
    """Evidence that is carried on: what was judged by the start of its slice, and what was said last."""

    comparing: Comparing
    first: int
    judged: dict[int, int] = field(default_factory=dict)
    told: Told = ()


_running: WeakKeyDictionary[Store, OrderedDict[tuple[object, ...], _Running]] = WeakKeyDictionary()
_alone_here = threading.Lock()


def verdicts(store: Store, view: View, panels: Panels) -> Told:
    """The verdict on all providers together, if there are several, then those by provider."""
    present = {arm for each in panels.slices if (arm := each.arm) in (LEGACY, REGISTRY)}
    if len(present) < 2:
        return tuple(_alone(arm, panels) for arm in present)
    over: dict[int, list[Slice]] = defaultdict(list)
    for each in panels.slices:
        if each.start + panels.step <= view.window.end:
            over[each.start].append(each)
    with _alone_here:
        return _carried_on(_kept(store), view, panels, over)


def overall(judged: Sequence[Verdict]) -> str | None:
    """Worse if anything is; else what is said of all together; None where nothing was judged."""
    if any(one.verdict == "worse" for one in judged):
        return "worse"
    return judged[0].verdict if judged else None


def _kept(store: Store) -> OrderedDict[tuple[object, ...], _Running]:
    kept = _running.setdefault(store, OrderedDict())
    while len(kept) > KEPT:
        kept.popitem(last=False)
    return kept


def _carried_on(kept: OrderedDict[tuple[object, ...], _Running], view: View, panels: Panels, over: BySlice) -> Told:
    key = (view.provider, view.site, panels.step, round(view.window.seconds))
    names = {each.provider for each in panels.slices}
    marks = {start: hash(tuple((one.provider, one.arm, one.attempts, one.failed) for one in over[start]))
             for start in over}  # fmt: skip
    running = kept.get(key)
    if running is None or not _holds(running, names, marks, panels):
        running = kept[key] = _Running(Comparing(names), panels.window.start)
    kept.move_to_end(key)
    new = [start for start in sorted(over) if start not in running.judged]
    if new or not running.judged:
        cells = [each for start in new for each in over[start]]
        running.comparing.add(beside(_cells(cells, REGISTRY, panels), _cells(cells, LEGACY, panels)))
        running.judged.update((start, marks[start]) for start in new)
        running.told = _told(running.comparing, panels)
    return running.told


def _holds(running: _Running, names: set[str], marks: Mapping[int, int], panels: Panels) -> bool:
    """Whether evidence may be carried on: nothing that was judged has changed, and it is not much too old."""
    longest = panels.window.seconds * MOST_LONGER * 1e9
    if set(running.comparing.names) != names or not running.judged:
        return False
    last = max(running.judged)
    if panels.window.end - running.first > longest or panels.window.start < running.first:
        return False
    since = {start: mark for start, mark in running.judged.items() if start >= panels.window.start}
    return since == {start: mark for start, mark in marks.items() if start <= last}


def _cells(slices: Sequence[Slice], arm: str, panels: Panels) -> dict[tuple[str, int], Cell]:
    return sliced_cells(slices, arm=arm, step=panels.step)


def _told(comparing: Comparing, panels: Panels) -> Told:
    judged = comparing.comparison().judgements
    whole = wholes(panels)
    made = []
    for place, one in enumerate(judged):
        together = len(judged) > 1 and place == 0
        ours, theirs = (whole[None if together else one.subject, arm] for arm in ARMS)
        found = {effect.metric: effect for effect in effects([ours], [theirs])}
        metrics = tuple(_metric(each, found.get(each.metric), panels.step) for each in one.metrics)
        made.append(_verdict(one, metrics, panels.step, together=together))
    return tuple(made)


def _alone(arm: str, panels: Panels) -> Verdict:
    """What is said where the other arm had no attempt at all."""
    attempts = sum(each.attempts for each in panels.slices if each.arm == arm)
    missing = REGISTRY if arm == LEGACY else LEGACY
    return Verdict(
        provider=None,
        verdict=CANNOT,
        legacy=attempts if arm == LEGACY else 0,
        registry=attempts if arm == REGISTRY else 0,
        reasons=(f"the {missing} arm had no attempt",),
        needs=f"attempts on both arms at the same time; this window has only those on the {arm} arm",
        metrics=(),
    )


def _verdict(one: Judgement, metrics: tuple[MetricVerdict, ...], step: int, *, together: bool) -> Verdict:
    return Verdict(
        provider=None if together else one.subject,
        verdict=_word(one.verdict),
        legacy=one.requests[1],
        registry=one.requests[0],
        reasons=tuple(map(_named, one.reasons)),
        needs=_needed(one.needs, step),
        metrics=metrics,
    )


def _metric(one: Judged, effect: Effect | None, step: int) -> MetricVerdict:
    low, high = (None, None) if effect is None else limits(effect, scatter=one.dispersion)
    return MetricVerdict(
        metric=one.metric.value,
        verdict=_word(one.verdict),
        legacy=None if effect is None else effect.baseline.value,
        registry=None if effect is None else effect.candidate.value,
        effect=None if effect is None else effect.value,
        low=low,
        high=high,
        unit="rate" if effect is None or not effect.ratio else "factor",
        needs=_needed(one.needs, step),
    )


def _needed(need: Need | None, step: int) -> str | None:
    """What it would take, where each block of evidence is `step` long and not a minute."""
    if need is None:
        return None
    minutes = None if need.minutes is None else need.minutes * step // MINUTE
    return str(replace(need, minutes=minutes))


def _named(reason: str) -> str:
    return reason.replace("the candidate", f"the {REGISTRY} arm").replace("the control", f"the {LEGACY} arm")


def _word(verdict: str) -> str:
    return verdict.replace("_", " ")
