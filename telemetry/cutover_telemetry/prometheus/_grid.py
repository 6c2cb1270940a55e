"""Exponential histograms on fixed bounds, since the text formats know no others and a bound must not come and go.

Seconds are counted between a millisecond and two minutes in steps of √2, everything else in powers of two. A bucket of
the exponential histogram is counted at its upper bound, so that no value is said to be smaller than it was.
"""

import math
from bisect import bisect_left
from itertools import accumulate
from typing import Any

from cutover_telemetry.prometheus._families import Buckets

SECONDS = tuple(2 ** (half / 2) for half in range(-20, 15))
POWERS = tuple(2.0**power for power in range(-10, 31))
SLACK = 1 - 1e-9


def on_grid(point: Any, unit: str) -> Buckets:
    """A data point of an exponential histogram as buckets with fixed bounds."""
    bounds = SECONDS if unit == "s" else POWERS
    counts = [0] * (len(bounds) + 1)
    counts[0] = point.zero_count + sum(point.negative.bucket_counts)
    for place, count in enumerate(point.positive.bucket_counts):
        if count:
            counts[bisect_left(bounds, _upper(point.scale, point.positive.offset + place) * SLACK)] += count
    return Buckets(bounds, tuple(accumulate(counts)), None if sum(point.negative.bucket_counts) else float(point.sum))


def _upper(scale: int, index: int) -> float:
    try:
        return float(2.0 ** ((index + 1) * 2.0**-scale))
    except OverflowError:
        return math.inf
