"""The names that there are to choose from."""

import json
import sqlite3

from cutover_telemetry.store._tally import ATTEMPT, SKIP
from cutover_telemetry.store.query._records import Names

LABELS = "SELECT kind, labels FROM series WHERE kind IN (?, ?)"


def names(connection: sqlite3.Connection) -> Names:
    """The providers that were called or skipped, and the sites that called them."""
    providers, sites = set(), set()
    for kind, labels in connection.execute(LABELS, (ATTEMPT, SKIP)):
        first, _, third = json.loads(labels)
        providers.add(first or "")
        if kind == ATTEMPT and third is not None:
            sites.add(third)
    return Names(tuple(sorted(providers)), tuple(sorted(sites)))
