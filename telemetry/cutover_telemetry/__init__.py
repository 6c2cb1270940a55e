"""Telemetry of both arms: records and spans of routes and attempts, metrics, and a table by provider and arm.

from cutover_telemetry import instrument

telemetry = instrument(app)
"""

from cutover_telemetry._errors import (
    CannotInstrument,
    CommandNotStarted,
    NotInstalled,
    TelemetryError,
    UnknownDialect,
    error_type,
)
from cutover_telemetry._records import (
    AttemptRecord,
    BreakerRecord,
    FailoverRecord,
    RecordSink,
    RouteOutcome,
    RouteRecord,
    SkipRecord,
)
from cutover_telemetry._shown import table, to_json
from cutover_telemetry._summary import ArmRow, Failover, Percentiles, ProviderRow, Ratio, Summary, summarise
from cutover_telemetry.autorun import run_instrumented
from cutover_telemetry.instrument import Instrumentation, RouteMiddleware, WsgiRouteMiddleware, instrument, note_skipped
from cutover_telemetry.names import (
    BOTH,
    DIALECTS,
    LATEST,
    V1_41,
    Attribute,
    Dialect,
    Event,
    Instrument,
    Metric,
    chosen_dialect,
)

__all__ = [
    "BOTH",
    "DIALECTS",
    "LATEST",
    "V1_41",
    "ArmRow",
    "AttemptRecord",
    "Attribute",
    "BreakerRecord",
    "CannotInstrument",
    "CommandNotStarted",
    "Dialect",
    "Event",
    "Failover",
    "FailoverRecord",
    "Instrument",
    "Instrumentation",
    "Metric",
    "NotInstalled",
    "Percentiles",
    "ProviderRow",
    "Ratio",
    "RecordSink",
    "RouteMiddleware",
    "RouteOutcome",
    "RouteRecord",
    "SkipRecord",
    "Summary",
    "TelemetryError",
    "UnknownDialect",
    "WsgiRouteMiddleware",
    "chosen_dialect",
    "error_type",
    "instrument",
    "note_skipped",
    "run_instrumented",
    "summarise",
    "table",
    "to_json",
]
