"""Metrics of attempts, routes, failovers and circuits, made of their records. This folder needs the SDK."""

from cutover_telemetry.metrics._distribution import Distribution
from cutover_telemetry.metrics._meters import Meters
from cutover_telemetry.metrics._own import OwnMetrics
from cutover_telemetry.metrics._periodic import PeriodicExport

__all__ = ["Distribution", "Meters", "OwnMetrics", "PeriodicExport"]
