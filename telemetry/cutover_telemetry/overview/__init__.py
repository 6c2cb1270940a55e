"""Everything that is shown of a store, computed once: the page, the terminal, the report and JSON show the same.

from cutover_telemetry.overview import View, overview, to_json
from cutover_telemetry.store import Store

shown = overview(Store.of("telemetry.db"), View.last(3600))
shown.providers[0].provider                 # the worst one
to_json(shown)                              # plain data
"""

from cutover_telemetry.overview._arms import NOT_YET
from cutover_telemetry.overview._json import VERSION, to_json
from cutover_telemetry.overview._overview import overview
from cutover_telemetry.overview._records import (
    ArmPoint,
    Arms,
    Bar,
    Circuit,
    Failover,
    Gap,
    MetricVerdict,
    Overview,
    Percentiles,
    Provider,
    RecentRoute,
    RouteCard,
    Routes,
    Side,
    Sides,
    Skip,
    Span,
    Stored,
    Verdict,
    Waterfall,
)
from cutover_telemetry.overview._view import View
from cutover_telemetry.overview._waterfall import waterfall

__all__ = [
    "NOT_YET",
    "VERSION",
    "ArmPoint",
    "Arms",
    "Bar",
    "Circuit",
    "Failover",
    "Gap",
    "MetricVerdict",
    "Overview",
    "Percentiles",
    "Provider",
    "RecentRoute",
    "RouteCard",
    "Routes",
    "Side",
    "Sides",
    "Skip",
    "Span",
    "Stored",
    "Verdict",
    "View",
    "Waterfall",
    "overview",
    "to_json",
    "waterfall",
]
