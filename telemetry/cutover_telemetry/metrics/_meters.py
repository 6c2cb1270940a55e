"""Metrics through the meter of a provider: for one that is the application's own, with its readers and views.

An instrument asks ten times what a sum or a distribution of our own does, for it looks at each label anew; so counters
are read by the meter when it collects, and histograms alone are recorded as they come.
"""

from collections.abc import Callable, Iterable

from opentelemetry.context import Context
from opentelemetry.metrics import Histogram, Meter, MeterProvider, Observation

from cutover_telemetry.metrics._measured import Measured, Series
from cutover_telemetry.names import SCOPE, Dialect, Instrument, Metric

NOWHERE = Context()
"""Exemplars would be taken from the span that is current; at a route's end that is the caller's."""

SECONDS_BOUNDARIES = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKEN_BOUNDARIES = tuple(4.0**power for power in range(14))


class Meters(Measured):
    """Measures with instruments; once `active` is off the meter finds nothing more."""

    def __init__(self, provider: MeterProvider, dialect: Dialect, *, overhead: Callable[[], tuple[float, int]]) -> None:
        super().__init__(dialect)
        self._overhead = overhead
        meter = provider.get_meter(SCOPE, schema_url=dialect.schema_url)
        self._histograms = {
            metric: tuple(_histogram(meter, metric, name) for name in dialect.metric_names(metric))
            for metric in Metric
            if metric.instrument is Instrument.HISTOGRAM
        }
        for metric in Metric:
            if metric.instrument is not Instrument.HISTOGRAM:
                self._observe(meter, metric)

    def record(self, metric: Metric, value: float, series: Series) -> None:
        """Record it."""
        for histogram in self._histograms[metric]:
            histogram.record(value, series.attributes, NOWHERE)

    def _observe(self, meter: Meter, metric: Metric) -> None:
        is_gauge = metric.instrument is Instrument.GAUGE
        create = meter.create_observable_gauge if is_gauge else meter.create_observable_counter
        for name in self.dialect.metric_names(metric):
            create(name, [lambda _: self._observations(metric)], metric.unit, metric.meaning)

    def _observations(self, metric: Metric) -> Iterable[Observation]:
        if not self.active:
            return []
        if metric in {Metric.OVERHEAD, Metric.FAULTS}:
            seconds, faults = self._overhead()
            return [Observation(seconds if metric is Metric.OVERHEAD else faults)]
        return [Observation(value, attributes) for attributes, value in self.sums(metric)]


def _histogram(meter: Meter, metric: Metric, name: str) -> Histogram:
    boundaries = TOKEN_BOUNDARIES if metric is Metric.TOKEN_USAGE else SECONDS_BOUNDARIES
    return meter.create_histogram(
        name, metric.unit, metric.meaning, explicit_bucket_boundaries_advisory=list(boundaries)
    )
