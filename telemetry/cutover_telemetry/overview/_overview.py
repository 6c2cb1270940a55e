"""The overview: every panel of one window, from one view of the store's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cutover_telemetry.overview._arms import arms
from cutover_telemetry.overview._providers import circuits, failovers, providers
from cutover_telemetry.overview._records import Overview, Span, Stored
from cutover_telemetry.overview._routes import recent, routes
from cutover_telemetry.overview._times import seconds
from cutover_telemetry.overview._view import View
from cutover_telemetry.store import Store, Window

LATEST = 50
POINTS = 90


def overview(store: Store, view: View, *, rollout: Mapping[str, Any] | None = None, judged: bool = True) -> Overview:
    """Everything that is shown of a store; `rollout` is passed on as it is.

    Most of the time goes to the verdicts on the arms: without `judged` there are none.

    A provider narrows everything but `routes`, a site narrows `providers` (skips aside), `arms` and `recent`: routes,
    failovers and circuits have no site.

    Raises:
        StoreError: There is no store there yet, or it is not ours.
    """
    with store.query.at_once() as query:
        names, account = query.names(), query.account()
        panels = query.panels(view.window, provider=view.provider, site=view.site, points=POINTS)
        matrix = query.failovers(panels.window, provider=view.provider)
        timeline = query.breakers(view.window, provider=view.provider)
        how_routes = query.routes(panels.window)
        latest = query.recent(view.window, provider=view.provider, site=view.site, most=LATEST)
    return Overview(
        window=_span(panels.window),
        asked=_span(view.window),
        provider=view.provider,
        site=view.site,
        providers_known=names.providers,
        sites_known=names.sites,
        stored=Stored(**asdict(account)),
        providers=providers(panels),
        failovers=failovers(matrix),
        circuits=circuits(timeline),
        circuit_changes=len(timeline.changes),
        arms=arms(store, view, panels, judged=judged),
        routes=routes(how_routes),
        recent=recent(latest),
        rollout=rollout,
    )


def _span(window: Window) -> Span:
    return Span(seconds(window.start), seconds(window.end))
