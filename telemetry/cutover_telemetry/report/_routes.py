"""The routes that a report tells whole: those that lost the most time, or had no answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cutover_telemetry.dashboard import Tag, tag, waterfall_panel
from cutover_telemetry.overview import Overview, RecentRoute, Waterfall

MOST = 20


def worth_a_look(shown: Overview, *, most: int = MOST) -> list[str]:
    """The ids of the latest routes in which something went wrong, the costliest first."""
    wrong = [each for each in shown.recent if each.outcome != "ok" or each.lost]
    return [each.id for each in sorted(wrong, key=_cost)[:most]]


def route_panel(found: Iterable[Waterfall]) -> Tag | None:
    """A panel with each route folded up; None where there is none."""
    folded = [_folded(each) for each in found]
    if not folded:
        return None
    heading = tag("h2", "Routes that lost time", id="waterfalls-title")
    said = tag("p", "Of the latest routes, those in which an attempt failed, the costliest first.", class_="quiet")
    return tag(
        "section", heading, said, folded, id="waterfalls", class_="panel", aria_labelledby="waterfalls-title",
        tabindex=-1,
    )  # fmt: skip


def _folded(found: Waterfall) -> Tag:
    names = " → ".join(each.provider for each in found.attempts) or "no attempt"
    words = f"{found.outcome.replace('_', ' ')} after {found.seconds:.2f} s, {found.lost:.2f} s lost: "
    head = tag("summary", words, tag("bdi", names))
    return tag("details", head, (_own(each, found.id) for each in waterfall_panel(found, None)), id=f"route-{found.id}")


def _own(node: Tag | str, of: str) -> Tag | str:
    """The same with ids of its own, since there are many of its kind on the page."""
    if isinstance(node, str):
        return node
    attributes = {name: f"{of}-{value}" if name == "id" else value for name, value in node.attributes.items()}
    return replace(node, attributes=attributes, children=tuple(_own(child, of) for child in node.children))


def _cost(each: RecentRoute) -> tuple[float, float, str]:
    return -each.lost, -each.seconds, each.id
