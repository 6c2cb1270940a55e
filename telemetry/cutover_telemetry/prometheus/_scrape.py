"""From OpenTelemetry's metrics to families: every kind of instrument there is, exponential histograms among them.

One metric that cannot be read is left out and counted as a fault; the others are exposed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from opentelemetry.sdk.metrics.export import ExponentialHistogram, Gauge, Histogram, Metric, MetricsData, Sum

from cutover_telemetry._faults import Faults
from cutover_telemetry.names import SCOPE
from cutover_telemetry.prometheus._families import MOST_SERIES, Buckets, Family, Labels, Value, merged
from cutover_telemetry.prometheus._grid import on_grid
from cutover_telemetry.prometheus._naming import COUNTER, GAUGE, HISTOGRAM, label_name, metric_name, unit_word

Collect = Callable[[], MetricsData | None]

SCOPE_NAME = "otel_scope_name"
RESERVED = frozenset({"le", "quantile"})


class Scrape:
    """Gives what some sources have, together: `telemetry.metrics`, a `PrometheusReader`'s or a `StoreTail`'s.

    Attributes:
        faults: What could not be read or exposed.
    """

    def __init__(self, *sources: Collect, most_series: int = MOST_SERIES) -> None:
        self.faults = Faults()
        self._sources = sources
        self._most_series = most_series

    def families(self) -> tuple[Family, ...]:
        """Read all sources; never raises for what is in them."""
        found = (family for source in self._sources for family in self._of(source))
        return merged(found, most=self._most_series)

    def _of(self, source: Collect) -> Iterator[Family]:
        data: MetricsData | None = None
        with self.faults:
            data = source()
        for of_resource in data.resource_metrics if data is not None else ():
            for of_scope in of_resource.scope_metrics:
                for metric in of_scope.metrics:
                    with self.faults:
                        yield self._family(metric, scope=of_scope.scope.name)

    def _family(self, metric: Metric, *, scope: str) -> Family:
        kind, unit = _kind(metric.data), metric.unit or ""
        extra: Labels = () if scope == SCOPE else ((SCOPE_NAME, scope),)
        series = ((_labels(point.attributes or {}, extra), _value(point, metric)) for point in metric.data.data_points)
        return Family(
            name=metric_name(metric.name, unit, kind),
            kind=kind,
            help=metric.description or "",
            unit=unit_word(unit, kind),
            series=tuple(series),
        )


def _kind(data: Any) -> str:
    if isinstance(data, Histogram | ExponentialHistogram):
        return HISTOGRAM
    if isinstance(data, Sum) and data.is_monotonic:
        return COUNTER
    if isinstance(data, Sum | Gauge):
        return GAUGE
    raise TypeError(f"{type(data).__name__} is no kind of metric that is known")


def _value(point: Any, metric: Metric) -> Value:
    if isinstance(metric.data, ExponentialHistogram):
        return on_grid(point, metric.unit or "")
    if isinstance(metric.data, Histogram):
        bounds = tuple(float(bound) for bound in point.explicit_bounds)
        return Buckets(bounds, tuple(accumulate(point.bucket_counts)), float(point.sum))
    return float(point.value)


def _labels(attributes: Mapping[str, Any], extra: Labels) -> Labels:
    found: dict[str, str] = dict(extra)
    for key, value in sorted(attributes.items()):
        name = label_name(key)
        name = f"exported_{name}" if name in RESERVED else name
        text = _text(value)
        found[name] = f"{found[name]};{text}" if name in found else text
    return tuple(sorted(found.items()))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return ",".join(str(each) for each in value)
    return str(value)
