"""The panels of the page by their names, in their order; each is a section with a heading."""

from collections.abc import Iterable, Mapping

from cutover_telemetry.dashboard._page._address import Address
from cutover_telemetry.dashboard._page._arms import arms
from cutover_telemetry.dashboard._page._circuits import circuits
from cutover_telemetry.dashboard._page._failovers import failovers
from cutover_telemetry.dashboard._page._headline import headline
from cutover_telemetry.dashboard._page._markup import Node, Tag, tag
from cutover_telemetry.dashboard._page._overhead import overhead
from cutover_telemetry.dashboard._page._problem import problem
from cutover_telemetry.dashboard._page._providers import providers
from cutover_telemetry.dashboard._page._rollout import rollout
from cutover_telemetry.dashboard._page._routes import routes
from cutover_telemetry.dashboard._page._waterfall import waterfall_panel
from cutover_telemetry.overview import Overview, Waterfall

TITLES = {
    "headline": "In short",
    "route": "One route",
    "providers": "Providers",
    "arms": "Legacy against registry",
    "failovers": "Failovers",
    "circuits": "Circuits",
    "routes": "Routes",
    "overhead": "Our own layer",
    "rollout": "Rollout",
}
OF_ALL = {
    "failovers": ("site",),
    "circuits": ("site",),
    "routes": ("provider", "site"),
    "overhead": ("provider", "site"),
}
OF_ALL_WORDS = {
    "failovers": "Of all sites: failovers are not counted by site.",
    "circuits": "Of all sites: a circuit is of the whole provider.",
    "routes": "Outcomes are of all providers and sites; only the latest routes are narrowed.",
    "overhead": "Of all providers and sites.",
}


def panels(
    shown: Overview,
    *,
    found: Waterfall | None = None,
    address: Address | None = None,
    actions: Iterable[str] = (),
) -> Mapping[str, Tag]:
    """Every panel of an overview, and of the route that the address names, if `found`; without an address no links."""
    narrowed = {"provider": shown.provider, "site": shown.site}
    asked_route = found is not None or (address is not None and address.route is not None)
    inside: dict[str, list[Node]] = {
        "headline": headline(shown),
        "route": waterfall_panel(found, address) if asked_route else [],
        "providers": providers(shown, address),
        "arms": arms(shown),
        "failovers": failovers(shown),
        "circuits": circuits(shown),
        "routes": routes(shown, address),
        "overhead": overhead(shown),
        "rollout": rollout(shown.rollout, actions),
    }
    for name, filters in OF_ALL.items():
        if any(narrowed[each] for each in filters):
            inside[name].insert(0, tag("p", OF_ALL_WORDS[name], class_="quiet"))
    return {name: _section(name, children) for name, children in inside.items()}


def problem_panels(error: Exception) -> Mapping[str, Tag]:
    """The same panels where nothing can be shown: the first says why, the others are hidden."""
    return {name: _section(name, problem(error) if name == "headline" else []) for name in TITLES}


def _section(name: str, children: list[Node]) -> Tag:
    heading = tag("h2", TITLES[name], id=f"{name}-title")
    return tag(
        "section", heading, children, id=name, class_="panel", aria_labelledby=f"{name}-title", hidden=not children,
        tabindex=-1,
    )  # fmt: skip
