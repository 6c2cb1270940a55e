"""What spans and metrics go through: the application's own OpenTelemetry providers where it has set them, else ours.

This module and those that it imports need the OpenTelemetry SDK; it is imported when spans or metrics are wanted.
"""

import atexit
import time
from collections.abc import Callable, Sequence

from opentelemetry import metrics as otel_metrics
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricsData
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter

from cutover_telemetry._faults import Faults
from cutover_telemetry.instrument._recorder import Metrics, Spans
from cutover_telemetry.metrics import Meters, OwnMetrics, PeriodicExport
from cutover_telemetry.names import Dialect
from cutover_telemetry.spans import BatchedSpans, ConsoleSpans, DirectSpans, GuestProcessor, MemorySpans, TracerSpans

FLUSH_SECONDS = 2.0


class Pipeline:
    """Spans and metrics of one instrumentation, and where they go.

    Attributes:
        spans: What makes the spans.
        metrics: What makes the metrics.
    """

    def __init__(
        self,
        *,
        dialect: Dialect,
        faults: Faults,
        overhead: Callable[[], tuple[float, int]],
        tracer_provider: trace.TracerProvider | None,
        meter_provider: otel_metrics.MeterProvider | None,
        exporters: Sequence[SpanExporter | MetricExporter],
        console: bool,
    ) -> None:
        self._memory = MemorySpans()
        self._processors: tuple[GuestProcessor, ...] = (
            self._memory,
            *([ConsoleSpans(dialect, faults)] if console else []),
            *(BatchedSpans(exporter, faults) for exporter in exporters if isinstance(exporter, SpanExporter)),
        )
        own = TracerProvider(shutdown_on_exit=False)
        self.spans: Spans = self._spans(tracer_provider or _set_tracers(), own, dialect)
        self._own = OwnMetrics(own.resource, dialect, overhead=overhead, faults=faults)
        self._exports = [
            PeriodicExport(self._own.collect, exporter, faults=faults)
            for exporter in exporters
            if isinstance(exporter, MetricExporter)
        ]
        meters = meter_provider or _set_meters()
        self.metrics: Metrics = self._own if meters is None else Meters(meters, dialect, overhead=overhead)
        atexit.register(self.close)

    def memory(self) -> tuple[ReadableSpan, ...]:
        """The latest spans."""
        return self._memory.spans()

    def collected(self) -> MetricsData:
        """The metrics; of a meter provider that is the application's, it has them itself."""
        return self._own.collect()

    def flush(self) -> None:
        """Export what waits."""
        deadline = time.monotonic() + FLUSH_SECONDS
        for processor in self._processors:
            processor.force_flush(int(1000 * max(0.0, deadline - time.monotonic())))
        for export in self._exports:
            export.flush(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Take nothing more, and export what waits."""
        atexit.unregister(self.close)
        for processor in self._processors:
            processor.end()
        for export in self._exports:
            export.end()
        for processor in self._processors:
            processor.shutdown()
        for export in self._exports:
            export.close()
        self.metrics.active = False

    def _spans(self, present: trace.TracerProvider | None, own: TracerProvider, dialect: Dialect) -> Spans:
        if present is None:
            return DirectSpans(own, self._processors, dialect)
        if isinstance(present, TracerProvider):
            for processor in self._processors:
                present.add_span_processor(processor)
        return TracerSpans(present, dialect)


def _set_tracers() -> trace.TracerProvider | None:
    present = trace.get_tracer_provider()
    return present if isinstance(present, TracerProvider) else None


def _set_meters() -> otel_metrics.MeterProvider | None:
    present = otel_metrics.get_meter_provider()
    return present if isinstance(present, MeterProvider) else None
