"""What our own layer took of the routes, and what the store has."""

from cutover_telemetry.dashboard._page._markup import Node, tag
from cutover_telemetry.dashboard._page._tables import Column, cell, figure, row, table
from cutover_telemetry.dashboard._page._words import count, plural, seconds, share
from cutover_telemetry.overview import Overview

COLUMNS = (Column("Time"), Column("p50", True), Column("p95", True), Column("p99", True))


def overhead(shown: Overview) -> list[Node]:
    """The layer's own time beside that of the routes."""
    own, whole = shown.routes.overhead, shown.routes.latency
    made: list[Node] = []
    if own is None:
        made.append(tag("p", "No route in this time range, so nothing of our own layer was measured.", class_="quiet"))
    else:
        part = shown.routes.overhead_share
        of_it = f", {share(part)} of a route's median" if part is not None else ""
        made.append(tag("p", f"Half of the routes spent less than {seconds(own.p50)} in our own code{of_it}."))
    measured = [(name, each) for name, each in (("Our own code, a route", own), ("Whole routes", whole)) if each]
    if measured:
        rows = (
            row(name, name, *(figure(seconds(value), value) for value in (each.p50, each.p95, each.p99)))
            for name, each in measured
        )
        made.append(table("overhead", "Our own layer beside whole routes", COLUMNS, rows))
    return [*made, _stored(shown)]


def _stored(shown: Overview) -> Node:
    kept = shown.stored
    facts = (
        ("Attempts stored since the store began", count(kept.attempts)),
        ("Routes stored", count(kept.routes)),
        ("Processes that wrote", count(kept.writers)),
        ("Attempts dropped, in no count", count(kept.dropped)),
        ("Attempts counted, but not kept as they were", count(kept.unkept)),
    )
    rows = (row(name, name, cell(words, class_="number")) for name, words in facts)
    summary = f"The store: {plural(kept.attempts, 'attempt')} of {plural(kept.writers, 'process', 'processes')}"
    return tag("details", tag("summary", summary), table("stored", "The store", ("What", Column("Count", True)), rows),
               id="overhead-stored")  # fmt: skip
