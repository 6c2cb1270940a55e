"""The embedded store: one SQLite file that any number of serving processes write and the page reads.

from cutover_telemetry.store import Store, Window

store = Store.open("telemetry.db")
writer = store.writer()                     # a RecordSink for the serving process
store.query.scorecard(Window.last(3600))
"""

from cutover_telemetry.store._errors import (
    BusyStore,
    DamagedPiece,
    DamagedSketch,
    ForeignFile,
    NewerStore,
    NoStore,
    StoreError,
    UnusableStore,
)
from cutover_telemetry.store._limits import Limits
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._store import Store
from cutover_telemetry.store._window import Window
from cutover_telemetry.store._writer import Writer
from cutover_telemetry.store.query import (
    Account,
    ArmCard,
    ArmCurves,
    ArmPoint,
    ArmsSideBySide,
    BreakerStretch,
    BreakerTimeline,
    Edge,
    FailoverMatrix,
    Names,
    Panels,
    ProviderCard,
    ProviderPoint,
    Quantiles,
    Query,
    RouteCard,
    Routes,
    Scorecard,
    Slice,
    StoredRoute,
    Volume,
)

__all__ = [
    "Account",
    "ArmCard",
    "ArmCurves",
    "ArmPoint",
    "ArmsSideBySide",
    "BreakerStretch",
    "BreakerTimeline",
    "BusyStore",
    "DamagedPiece",
    "DamagedSketch",
    "Edge",
    "FailoverMatrix",
    "ForeignFile",
    "Limits",
    "Names",
    "NewerStore",
    "NoStore",
    "Panels",
    "ProviderCard",
    "ProviderPoint",
    "Quantiles",
    "Query",
    "RouteCard",
    "Routes",
    "Scorecard",
    "Sketch",
    "Slice",
    "Store",
    "StoreError",
    "StoredRoute",
    "UnusableStore",
    "Volume",
    "Window",
    "Writer",
]
