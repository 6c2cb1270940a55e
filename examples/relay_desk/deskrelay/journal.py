"""Counts drafts by vendor label, and writes one log line for each."""

import logging
from collections import Counter

log = logging.getLogger("deskrelay.journal")

_counts: Counter = Counter()


def record(label, kind, *, trace, tokens=None):
    _counts[label, kind] += 1
    log.info("%s %s for %s, %s tokens", label, kind, trace, tokens)


def counts():
    return {f"{label} {kind}": number for (label, kind), number in _counts.items()}


def clear():
    _counts.clear()
