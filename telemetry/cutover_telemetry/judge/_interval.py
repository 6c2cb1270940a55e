"""The interval of a difference of rates, valid at every look, and how much longer until it is narrow enough.

The normal mixture of Robbins, on the score: wider than an ordinary interval, since it may be looked at each minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt

from cutover_telemetry.judge._dispersion import Dispersion

_PRIOR = 5.0
_LONGEST = 60 * 24 * 90


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference of two rates (candidate less control) with its limits."""

    estimate: float
    low: float
    high: float


def interval(dispersion: Dispersion, *, level: float = 0.95) -> Interval:
    """The difference with its limits; from -1 to 1 before anything was seen."""
    if dispersion.exposure <= 0:
        return Interval(0.0, -1.0, 1.0)
    variance = dispersion.expected * dispersion.factor()
    half = _half(variance, dispersion.exposure, level)
    middle = dispersion.difference
    return Interval(middle, max(-1.0, middle - half), min(1.0, middle + half))


def minutes_until(dispersion: Dispersion, *, margin: float, level: float = 0.95) -> int | None:
    """How many minutes more, as those so far, until arms that are alike are known to be within the margin."""
    if dispersion.minutes == 0 or dispersion.exposure <= 0:
        return None
    variance = dispersion.expected * dispersion.factor()
    low, high = 1.0, float(_LONGEST)
    if _half(variance * high / dispersion.minutes, dispersion.exposure * high / dispersion.minutes, level) > margin:
        return None
    while high - low > 0.5:
        middle = (low + high) / 2
        times = middle / dispersion.minutes
        wide = _half(variance * times, dispersion.exposure * times, level) > margin
        low, high = (middle, high) if wide else (low, middle)
    return max(1, ceil(high) - dispersion.minutes)


def _half(variance: float, exposure: float, level: float) -> float:
    spread = variance + _PRIOR
    return sqrt(spread * (2 * log(1 / (1 - level)) + log(spread / _PRIOR))) / exposure
