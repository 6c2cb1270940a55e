"""Exports metrics of our own pipeline every few seconds, from a thread; a collector that is down costs no call."""

from collections.abc import Callable

from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData

from cutover_telemetry._export_thread import ExportThread
from cutover_telemetry._faults import Faults

INTERVAL_SECONDS = 10.0


class PeriodicExport:
    """Hands what is collected to an exporter, again and again."""

    def __init__(
        self,
        collect: Callable[[], MetricsData],
        exporter: MetricExporter,
        *,
        faults: Faults,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        self._collect, self._exporter = collect, exporter
        self._thread = ExportThread(
            self._export, exporter.shutdown, name="cutover-metrics", interval=interval, faults=faults
        )

    def flush(self, seconds: float) -> bool:
        """Export now; False if that took longer."""
        return self._thread.flush(seconds)

    def end(self) -> None:
        """Begin to export for the last time; `close` waits for it."""
        self._thread.end()

    def close(self) -> None:
        """End the thread, as soon as the exporter has taken what there is or takes too long."""
        self._thread.close()

    def _export(self) -> None:
        taken = False
        try:
            taken = self._exporter.export(self._collect()) is not MetricExportResult.FAILURE
        finally:
            self._thread.told(taken)
