"""Counts of failures that were swallowed so that a call could go on.

The hot path answers "legacy" when its own code fails, and a failing hook never breaks a call. Neither may be silent.
"""

import logging
from collections import Counter

from cutover_registry._writing import WRITING

LOGGER = logging.getLogger("cutover_registry")

_counts: Counter[str] = Counter()


def count_fault(place: str) -> None:
    """Count one swallowed failure at `place`; the first of a place is logged with its traceback."""
    with WRITING:
        _counts[place] += 1
        first = _counts[place] == 1
    if first:
        LOGGER.warning("a failure in %s was swallowed; the next ones are only counted", place, exc_info=True)


def fault_counts() -> dict[str, int]:
    """Return how many failures were swallowed since the process began, by place.

    >>> isinstance(fault_counts(), dict)
    True
    """
    with WRITING:
        return dict(_counts)
