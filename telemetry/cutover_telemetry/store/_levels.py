"""Slices of time: each minute's numbers are also in its ten minutes', its hour's and its day's.

`cover` finds the fewest slices that make up a window. Every minute before `folded` is in all levels, those from there
on are in minutes only, so that a coarse slice in which `folded` lies holds nothing from beyond it. Where the minutes
of long ago are no longer kept, and in long windows, the window is widened to whole slices of what is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover_telemetry.store._window import END_OF_TIME, MINUTE, Window


@dataclass(frozen=True, slots=True)
class Level:
    """How long a slice is and for how long it is kept, both in minutes."""

    number: int
    minutes: int
    kept: int


DAY = 24 * 60
LEVELS = (Level(0, 1, 2 * DAY), Level(1, 10, 14 * DAY), Level(2, 60, 90 * DAY), Level(3, DAY, 800 * DAY))
POINTS = 180
"""A window of so many slices of a level is shown in slices of that level; a longer one in the next."""
EXACT = (3 * 60, 30 * 60, 60 * DAY)
"""Windows up to so many minutes begin and end at a whole minute, ten minutes, an hour; longer ones at a day."""


@dataclass(frozen=True, slots=True)
class Run:
    """Slices of one level that begin from `start` up to but without `stop`, in minutes since the epoch."""

    level: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Cover:
    """The runs to read, and the window that they make up."""

    runs: tuple[Run, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class Extent:
    """What a store has: `first` and `last` minute, up to where it is folded, since when each level is complete.

    `first` is the start of a slice of any length, `begins` as near to the first record as is known.
    """

    first: int
    last: int
    folded: int
    kept: tuple[int, ...]
    begins: int = 0


def floor(minute: int, level: Level) -> int:
    """The start of the slice that a minute is in."""
    return minute - minute % level.minutes


def beginning(firsts: Sequence[int | None]) -> int:
    """The first minute, from the first slice of each level: of the finest that goes back as far as the coarser ones."""
    found: int | None = None
    for number in reversed(range(len(LEVELS))):
        first = firsts[number]
        if first is not None and (found is None or floor(first, LEVELS[number + 1]) <= found):
            found = first
    return found or 0


def cover(window: Window, extent: Extent) -> Cover:
    """The fewest slices for a window."""
    start, stop = _minutes(window, extent)
    finest = next((number for number, longest in enumerate(EXACT) if stop - start <= longest), len(EXACT))
    runs = tuple(_runs(start, stop, finest=finest, extent=extent))
    return Cover(runs, _widest(runs, start, stop, folded=extent.folded))


def steps(window: Window, extent: Extent, *, points: int = POINTS) -> tuple[Cover, Level]:
    """At most so many slices of one length; minutes that are not folded yet belong to the last of them.

    How long they are goes by the records that there are: an hour of them is shown in minutes, in however long a window.
    """
    start, stop = _minutes(window, extent)
    begins = max(start, extent.begins)
    fitting = (level.number for level in LEVELS if stop - begins <= points * level.minutes)
    level = LEVELS[max(next(fitting, len(LEVELS) - 1), _available(begins, extent))]
    start = floor(start, level)
    if stop < extent.folded:
        stop = floor(stop + level.minutes - 1, level)
    runs = [Run(level.number, start, min(stop, extent.folded))] if start < extent.folded else []
    if stop > extent.folded:
        runs.append(Run(0, max(start, extent.folded), stop))
    return Cover(tuple(runs), _widest(runs, start, stop, folded=extent.folded)), level


def _minutes(window: Window, extent: Extent) -> tuple[int, int]:
    start = window.start // MINUTE if window.start > 0 else extent.first
    stop = -(-window.end // MINUTE) if window.end < END_OF_TIME else extent.last + 1
    return start, max(start, stop)


def _runs(start: int, stop: int, *, finest: int, extent: Extent) -> Iterator[Run]:
    reached, folded = start, extent.folded
    if start < min(stop, folded):
        number = _widened(start, finest, extent.kept)
        reached = floor(start, LEVELS[number])
    while reached < min(stop, folded):
        number = _coarsest(reached, stop, finest=max(finest, _available(reached, extent)), folded=folded)
        following = _end_of_run(reached, min(stop, folded), number=number, open_end=stop >= folded)
        yield Run(number, reached, following)
        reached = following
    if stop > folded:
        yield Run(0, max(start, folded), stop)


def _widened(start: int, finest: int, kept: Sequence[int]) -> int:
    numbers = range(finest, len(LEVELS))
    return next((number for number in numbers if kept[number] <= floor(start, LEVELS[number])), numbers[-1])


def _available(minute: int, extent: Extent) -> int:
    numbers = range(len(LEVELS))
    return next((number for number in numbers if extent.kept[number] <= minute), numbers[-1])


def _coarsest(reached: int, stop: int, *, finest: int, folded: int) -> int:
    for level in reversed(LEVELS[finest:]):
        if reached % level.minutes == 0 and (reached + level.minutes <= stop or stop >= folded):
            return level.number
    return finest


def _end_of_run(reached: int, stop: int, *, number: int, open_end: bool) -> int:
    level = LEVELS[number]
    if number + 1 < len(LEVELS):
        coarser = LEVELS[number + 1].minutes
        stop = min(stop, reached - reached % coarser + coarser)
    whole = (stop - reached) // level.minutes * level.minutes
    rest = stop - reached - whole
    return reached + whole + (level.minutes if rest and (open_end or not whole) else 0)


def _widest(runs: Sequence[Run], start: int, stop: int, *, folded: int) -> Window:
    first = min((run.start for run in runs), default=start)
    last = max((min(run.stop, folded) for run in runs if run.level), default=stop)
    return Window(first * MINUTE, max(last, stop) * MINUTE)
