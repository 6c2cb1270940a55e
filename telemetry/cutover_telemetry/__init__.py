"""Telemetry of both arms: a span for each route and each attempt, and a table by provider and arm.

from cutover_telemetry import instrument

telemetry = instrument(app)
"""

from cutover_telemetry._errors import CannotInstrument, TelemetryError, error_type
from cutover_telemetry._instrument import Instrumentation, instrument
from cutover_telemetry._names import DIALECTS, V1_41, Attribute, Dialect, Event, Metric
from cutover_telemetry._records import AttemptRecord, RouteOutcome, RouteRecord
from cutover_telemetry._summary import ArmRow, Failover, Percentiles, ProviderRow, Ratio, Summary, summarise
from cutover_telemetry._table import table, to_json

__all__ = [
    "DIALECTS",
    "V1_41",
    "ArmRow",
    "AttemptRecord",
    "Attribute",
    "CannotInstrument",
    "Dialect",
    "Event",
    "Failover",
    "Instrumentation",
    "Metric",
    "Percentiles",
    "ProviderRow",
    "Ratio",
    "RouteOutcome",
    "RouteRecord",
    "Summary",
    "TelemetryError",
    "error_type",
    "instrument",
    "summarise",
    "table",
    "to_json",
]
