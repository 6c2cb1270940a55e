"""What the head of a report says of itself: of when it is, of what, and when it was made."""

from __future__ import annotations

from datetime import UTC, datetime

from cutover_telemetry.dashboard import Tag, tag
from cutover_telemetry.overview import Overview


def about(shown: Overview, *, made: float) -> list[Tag]:
    """The time range, what it is narrowed to, and that it does not change."""
    begin, end = _moment(shown.asked.begin), _moment(shown.asked.end)
    narrowed = [("provider", shown.provider), ("site", shown.site)]
    of = [part for name, value in narrowed if value is not None for part in (f", {name} ", tag("bdi", value))]
    return [
        tag("p", begin, " to ", end, *of),
        tag("p", "made ", _moment(made), ", not live", class_="quiet"),
    ]


def _moment(at: float) -> Tag:
    point = datetime.fromtimestamp(at, UTC)
    return tag("time", f"{point:%Y-%m-%d %H:%M:%S} UTC", datetime=f"{point:%Y-%m-%dT%H:%M:%SZ}")
