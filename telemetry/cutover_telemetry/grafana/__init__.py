"""Dashboards for Grafana and rules for Prometheus, generated from the one name table for a dialect.

>>> from cutover_telemetry.names import LATEST
>>> sorted(grafana_files(LATEST))
['cutover-arms.json', 'cutover-providers.json']
"""

from cutover_telemetry.grafana._files import grafana_files, rule_files, write_files
from cutover_telemetry.grafana._panels import Dashboard, Panel, Target, dashboards
from cutover_telemetry.grafana._rules import Alert, Recording, Rules, rules

__all__ = [
    "Alert",
    "Dashboard",
    "Panel",
    "Recording",
    "Rules",
    "Target",
    "dashboards",
    "grafana_files",
    "rule_files",
    "rules",
    "write_files",
]
