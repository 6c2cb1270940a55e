"""The circuits over time: one line for each that was ever other than closed."""

from itertools import groupby

from cutover_telemetry.dashboard._page._curves import stretches
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._providers import KINDS
from cutover_telemetry.dashboard._page._tables import Column, badge, cell, figure, row, table
from cutover_telemetry.dashboard._page._words import clock, plural, seconds
from cutover_telemetry.overview import Circuit, Overview, Span

NONE = (
    "No circuit was open in this time range. A provider's circuit opens when it keeps failing, where the gateway uses "
    "a breaker."
)
MOST_TOLD = 40


def circuits(shown: Overview) -> list[Node]:
    """The timeline with its table, and the stretches in words."""
    if not shown.circuits:
        return [tag("p", NONE, class_="quiet")]
    grouped = groupby(sorted(shown.circuits, key=lambda each: each.provider), key=lambda each: each.provider)
    own = {name: list(each) for name, each in grouped}
    worst_first = sorted(own, key=lambda name: (own[name][-1].state == "closed", -_open(own[name], shown.asked), name))
    caption = f"Circuits from {clock(shown.asked.begin)} to {clock(shown.asked.end)}"
    columns = ("Provider", "Now", "Over time", Column("Not closed for", True))
    rows = (_row(name, own[name], shown.asked) for name in worst_first)
    return [
        tag("p", f"{plural(shown.circuit_changes, 'change')} in this time range."),
        table("circuits", caption, columns, rows),
        _legend(),
        _told(shown),
    ]


def _row(name: str, own: list[Circuit], window: Span) -> Tag:
    state = own[-1].state
    strip = stretches(
        (
            (max(each.begin, window.begin) - window.begin, _length(each, window), f"circuit-{each.state}")
            for each in own
            if each.state in KINDS
        ),
        whole=window.end - window.begin,
        said=", then ".join(_words(each, window) for each in own[-5:]),
    )
    lost = _open(own, window)
    return row(name, tag("bdi", name), cell(badge(state, KINDS.get(state, "calm"))), cell(strip, class_="wide"),
               figure(seconds(lost), lost))  # fmt: skip


def _told(shown: Overview) -> Tag:
    latest = sorted(shown.circuits, key=lambda each: -each.begin)[:MOST_TOLD]
    items = (tag("li", tag("bdi", each.provider), f": {_words(each, shown.asked)}") for each in latest)
    return tag("details", tag("summary", "In words, the latest first"), tag("ul", items), id="circuits-told")


def _legend() -> Tag:
    return tag("p", (badge(state, kind) for state, kind in KINDS.items()), class_="legend", aria_hidden="true")


def _words(each: Circuit, window: Span) -> str:
    since = "" if each.begin <= window.begin else f" from {clock(each.begin)}"
    return f"{each.state}{since} for {seconds(_length(each, window))}{'' if each.end else ', still'}"


def _length(each: Circuit, window: Span) -> float:
    return max((window.end if each.end is None else each.end) - max(each.begin, window.begin), 0.0)


def _open(own: list[Circuit], window: Span) -> float:
    return sum(_length(each, window) for each in own if each.state != "closed")
