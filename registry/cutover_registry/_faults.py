"""Counts of failures that were swallowed so that a call could go on.

The hot path answers "legacy" when its own code fails, and a failing hook never breaks a call. Neither may be silent.
"""

from collections import Counter

from cutover_registry._later import Later
from cutover_registry._typing import Any
from cutover_registry._writing import WRITING

logging = Later("logging")
_counts: Counter[str] = Counter()


def count_fault(place: str) -> None:
    """Count one swallowed failure at `place`; the first of a place is logged with its traceback."""
    with WRITING:
        _counts[place] += 1
        first = _counts[place] == 1
    if first:
        logger().warning("a failure in %s was swallowed; the next ones are only counted", place, exc_info=True)


def logger() -> Any:
    """Give the logger of this package, a `logging.Logger`.

    >>> logger() is logger()
    True
    """
    return logging.getLogger("cutover_registry")


def fault_counts() -> dict[str, int]:
    """Return how many failures were swallowed since the process began, by place.

    >>> isinstance(fault_counts(), dict)
    True
    """
    with WRITING:
        return dict(_counts)
