"""Names on the wire: attributes, events and metrics in one table, and the dialects that spell them.

Code speaks of `Attribute.PROVIDER`; how that is spelt is a dialect's matter, since the GenAI conventions rename.
"""

from cutover_telemetry.names._dialects import BOTH, DIALECTS, LATEST, V1_41, Dialect, chosen_dialect
from cutover_telemetry.names._table import OPERATION, SCOPE, Attribute, Event, Instrument, Metric, Value

__all__ = [
    "BOTH",
    "DIALECTS",
    "LATEST",
    "OPERATION",
    "SCOPE",
    "V1_41",
    "Attribute",
    "Dialect",
    "Event",
    "Instrument",
    "Metric",
    "Value",
    "chosen_dialect",
]
