"""One clock for spans and latencies: nanoseconds since the epoch that never run backwards.

The wall clock is read once; what follows is the performance counter's, so that a latency is exact and a span's start
and end are of the same clock.
"""

import time
from collections.abc import Callable

Clock = Callable[[], int]


def anchored_clock() -> Clock:
    """A clock that begins at the wall clock's present."""
    offset = time.time_ns() - time.perf_counter_ns()
    return lambda: offset + time.perf_counter_ns()
