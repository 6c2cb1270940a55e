"""Metrics of our own pipeline: exponential histograms and sums, given as OpenTelemetry's data when somebody asks.

A record is put down, and measured with those before it: thirty in a row cost half of what they cost one at a time,
between other work.

All are cumulative since the beginning of the process; one that is forked from it begins anew, and as an instance of the
service of its own, so that a collector does not take the sums of several workers for one.
"""

import os
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Buckets,
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Metric as MetricPoints
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from cutover_telemetry._faults import Faults
from cutover_telemetry._records import AttemptRecord, RouteRecord
from cutover_telemetry.metrics._distribution import Distribution
from cutover_telemetry.metrics._measured import Measured, Series
from cutover_telemetry.names import SCOPE, Dialect, Instrument, Metric, Value

INSTANCE = "service.instance.id"
AT_ONCE = 32
LONGEST_WAIT = 1.0


class OwnMetrics(Measured):
    """Measures in memory; `collect` gives it all."""

    def __init__(
        self,
        resource: Resource,
        dialect: Dialect,
        *,
        overhead: Callable[[], tuple[float, int]],
        faults: Faults | None = None,
    ) -> None:
        super().__init__(dialect)
        self._faults = faults or Faults()
        self._service = resource
        self._overhead = overhead
        self._scope = InstrumentationScope(SCOPE, schema_url=dialect.schema_url)
        self._begin()
        begin_again = weakref.WeakMethod(self._begin)
        os.register_at_fork(after_in_child=lambda: (begin := begin_again()) and begin())

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self._measuring = threading.Lock()
        self._put_down: deque[tuple[AttemptRecord, Iterable[int]] | RouteRecord] = deque()
        self.series = {}
        self._began = time.time_ns()
        self._resource = Resource({INSTANCE: str(uuid.uuid4())}).merge(self._service)

    def attempt(self, record: AttemptRecord, gaps: Iterable[int] = ()) -> None:
        """Take an attempt that has ended."""
        self._put_down.append((record, gaps))
        if len(self._put_down) >= AT_ONCE:
            self._measure(wait=False)

    def route(self, record: RouteRecord) -> None:
        """Take a route that has ended."""
        self._put_down.append(record)
        if len(self._put_down) >= AT_ONCE:
            self._measure(wait=False)

    def record(self, metric: Metric, value: float, series: Series) -> None:
        """Add it to its distribution."""
        found = series.distributions.get(metric)
        if found is None:
            found = series.distributions[metric] = Distribution()
        found.record(value)

    def collect(self) -> MetricsData:
        """All metrics that have a value."""
        self._measure(wait=True)
        now = time.time_ns()
        with self.lock:
            points = list(self._points(now))
        scope = ScopeMetrics(self._scope, points, self.dialect.schema_url or "")
        return MetricsData([ResourceMetrics(self._resource, [scope], self._resource.schema_url)])

    def _measure(self, *, wait: bool) -> None:
        """Measure what was put down; one thread does so at a time, and who serves does not wait for it."""
        if not self._measuring.acquire(timeout=LONGEST_WAIT if wait else 0):
            return
        try:
            for _ in range(len(self._put_down)):
                given = self._put_down.popleft()
                try:
                    if isinstance(given, RouteRecord):
                        super().route(given)
                    else:
                        super().attempt(*given)
                except Exception as error:  # noqa: BLE001  one bad record must not take the others with it
                    self._faults.note(error)
        finally:
            self._measuring.release()

    def _points(self, now: int) -> Iterator[MetricPoints]:
        for metric in Metric:
            names = self.dialect.metric_names(metric)
            data = self._data(metric, now) if names else None
            if data is not None and data.data_points:
                for name in names:
                    yield MetricPoints(name, metric.meaning, metric.unit, data)

    def _data(self, metric: Metric, now: int) -> ExponentialHistogram | Sum | Gauge:
        if metric.instrument is Instrument.HISTOGRAM:
            series = [(each.attributes, each.distributions.get(metric)) for each in self.series.values()]
            points = [self._distributed(attributes, of, now) for attributes, of in series if of is not None]
            return ExponentialHistogram(points, AggregationTemporality.CUMULATIVE)
        numbers = [NumberDataPoint(attributes, self._began, now, value) for attributes, value in self._numbers(metric)]
        if metric.instrument is Instrument.GAUGE:
            return Gauge(numbers)
        return Sum(numbers, AggregationTemporality.CUMULATIVE, is_monotonic=True)

    def _numbers(self, metric: Metric) -> list[tuple[dict[str, Value], float]]:
        if metric in {Metric.OVERHEAD, Metric.FAULTS}:
            seconds, faults = self._overhead()
            return [({}, seconds if metric is Metric.OVERHEAD else faults)]
        return self.sums(metric)

    def _distributed(self, attributes: dict[str, Value], of: Distribution, now: int) -> ExponentialHistogramDataPoint:
        first, counts = of.counts()
        return ExponentialHistogramDataPoint(
            attributes,
            self._began,
            now,
            of.count,
            of.sum,
            of.scale,
            of.zeros,
            Buckets(first, counts),
            Buckets(0, []),
            0,
            of.min,
            of.max,
        )
