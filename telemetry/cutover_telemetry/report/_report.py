"""One HTML file out of an overview: the dashboard's panels, styles and charts, and the numbers as JSON.

It opens from a disk or a mail without a network. It stays as it was written: nothing in it is live.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from cutover_telemetry.dashboard import (
    data,
    document,
    main,
    marks,
    masthead,
    panels,
    plotly_script,
    script,
    skip_link,
    style_sheet,
    tag,
)
from cutover_telemetry.overview import Overview, View, Waterfall, overview, to_json, waterfall
from cutover_telemetry.report._policy import inline_script, policy
from cutover_telemetry.report._routes import route_panel, worth_a_look
from cutover_telemetry.report._words import about
from cutover_telemetry.store import Store

TITLE = "provider-cutover report"


def report_of(
    store: Store,
    view: View,
    *,
    title: str = TITLE,
    rollout: Mapping[str, Any] | None = None,
    charts: bool = True,
    made: float | None = None,
) -> str:
    """The report of a store; `made` is when, in seconds since the epoch, if not now.

    Raises:
        StoreError: There is no store there, or it is not ours.
    """
    shown = overview(store, view, rollout=rollout)
    found = (waterfall(store, name) for name in worth_a_look(shown))
    kept = [each for each in found if each is not None]
    return report(shown, waterfalls=kept, title=title, charts=charts, made=time.time() if made is None else made)


def report(
    shown: Overview, *, waterfalls: Iterable[Waterfall] = (), title: str = TITLE, charts: bool = True, made: float
) -> str:
    """The report of an overview, with some of its routes; without `charts` it is small, and its tables say the same."""
    styles = style_sheet()
    scripts = [inline_script(each) for each in _scripts(shown, charts=charts)]
    made_panels = panels(shown)
    routes = route_panel(waterfalls)
    placed = {**made_panels, **({"waterfalls": routes} if routes else {})}
    body = (
        skip_link(),
        masthead(title, *about(shown, made=made)),
        main(placed),
        data("overview", to_json(shown)),
        tag("script", scripts[0]) if len(scripts) > 1 else None,
        tag("script", scripts[-1], type="module"),
    )
    head = (policy(scripts=scripts, styles=[styles]), tag("style", styles), *(marks() if len(scripts) > 1 else ()))
    return document(title, body, head=head, class_="report")


def _scripts(shown: Overview, *, charts: bool) -> list[str]:
    drawn = charts and (shown.failovers or shown.arms.curves)
    return [plotly_script(), script()] if drawn else [script()]
