"""The instruments of a meter provider that is the application's own, read when somebody scrapes."""

import threading
from typing import Any

from opentelemetry.sdk.metrics import Histogram
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation


class PrometheusReader(MetricReader):
    """Give it to a MeterProvider, and its `collected` to a `Scrape`.

    Histograms for which no view says otherwise are kept exponential, and exposed on bounds that are finer than those
    that the conventions advise.
    """

    def __init__(self) -> None:
        super().__init__(preferred_aggregation={Histogram: ExponentialBucketHistogramAggregation()})
        self._lock = threading.RLock()
        self._found: MetricsData | None = None

    def collected(self) -> MetricsData | None:
        """All instruments as they are now."""
        with self._lock:
            self._found = None
            self.collect()
            return self._found

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:
        """Nothing is held that would have to be sent."""
        del timeout_millis

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> None:
        del timeout_millis
        self._found = metrics_data
