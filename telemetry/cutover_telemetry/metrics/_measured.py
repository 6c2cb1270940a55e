"""What of records is measured, and by which labels. A failed call is measured as surely as a good one.

Attempts are apart from routes, so that a failover does not look like a slow provider. Labels are spelt once for each
series; what is beyond `MOST_SERIES` is measured together, marked as OpenTelemetry marks it.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from cutover_telemetry._records import NANOSECONDS, AttemptRecord, BreakerRecord, RouteRecord
from cutover_telemetry.metrics._distribution import Distribution
from cutover_telemetry.names import OPERATION, Attribute, Dialect, Metric, Value

MOST_SERIES = 2_000
OVERFLOW: dict[str, Value] = {"otel.metric.overflow": True}
STATES = {"closed": 0, "half-open": 1, "open": 2}
UNKNOWN = "unknown"


class Series:
    """One set of labels, with the values of the metrics that have it."""

    __slots__ = ("attributes", "distributions", "sums")

    def __init__(self, attributes: dict[str, Value]) -> None:
        self.attributes = attributes
        self.distributions: dict[Metric, Distribution] = {}
        self.sums: dict[Metric, float] = {}


class Measured(ABC):
    """Takes records and measures them; sums are kept here, what is done with a value of a histogram is a subclass's."""

    def __init__(self, dialect: Dialect) -> None:
        self.active = True
        self.dialect = dialect
        self.lock = threading.RLock()
        self.series: dict[object, Series] = {}
        self._counts_tokens = bool(dialect.metric_names(Metric.INPUT_TOKENS))
        self._has_token_usage = bool(dialect.metric_names(Metric.TOKEN_USAGE))

    @abstractmethod
    def record(self, metric: Metric, value: float, series: Series) -> None:
        """Take a value of a histogram; the lock is held."""

    def attempt(self, record: AttemptRecord, gaps: Iterable[int] = ()) -> None:
        """Take an attempt that has ended, and the nanoseconds between the chunks of its stream."""
        with self.lock:
            plain = self._of_attempt(record, None)
            failed = plain if record.error_type is None else self._of_attempt(record, record.error_type)
            self.record(Metric.ATTEMPT_DURATION, (record.ended - record.started) / NANOSECONDS, failed)
            if record.first_chunk is not None:
                first = (record.first_chunk - record.started) / NANOSECONDS
                self.record(Metric.TIME_TO_FIRST_CHUNK, first, plain)
                for gap in gaps:
                    self.record(Metric.TIME_PER_CHUNK, gap / NANOSECONDS, plain)
            if self._counts_tokens:
                self._count_tokens(record)
            if self._has_token_usage and (record.input_tokens is not None or record.output_tokens is not None):
                self._record_tokens(record)

    def route(self, record: RouteRecord) -> None:
        """Take a route that has ended, with the failovers and skips in it."""
        with self.lock:
            self.record(Metric.ROUTE_DURATION, (record.ended - record.started) / NANOSECONDS, self._of_route(record))
            for skip in record.skips:
                of = self._series(
                    ("skip", skip.provider, skip.reason, None, None), _skip_labels, skip.provider, skip.reason
                )
                self.add(Metric.SKIPS, 1, of)
            for failover in record.failovers:
                between = (failover.away.provider, failover.to.provider, failover.away.arm)
                of = self._series(between, _failover_labels, *between)
                self.add(Metric.FAILOVERS, 1, of)
                self.add(Metric.TIME_LOST, failover.time_lost, of)

    def breaker(self, record: BreakerRecord) -> None:
        """Take a circuit that turned."""
        with self.lock:
            key = (record.provider, record.after, "circuit")
            turned = self._series(key, _turn_labels, record.provider, record.after)
            self.add(Metric.CIRCUIT_CHANGES, 1, turned)
            circuit = self._series((record.provider, "circuit"), _circuit_labels, record.provider)
            circuit.sums[Metric.CIRCUIT_STATE] = STATES.get(record.after, 0)

    def add(self, metric: Metric, value: float, series: Series) -> None:
        """Add to a sum; the lock is held."""
        series.sums[metric] = series.sums.get(metric, 0) + value

    def sums(self, metric: Metric) -> list[tuple[dict[str, Value], float]]:
        """A counter or gauge by its labels."""
        with self.lock:
            series = list(self.series.values())
            return [(each.attributes, each.sums[metric]) for each in series if metric in each.sums]

    def _count_tokens(self, record: AttemptRecord) -> None:
        key = (record.provider, record.model, record.arm, "tokens")
        of = self.series.get(key) or self._series(key, _counted_token_labels, record)
        self.add(Metric.INPUT_TOKENS, record.input_tokens or 0, of)
        self.add(Metric.OUTPUT_TOKENS, record.output_tokens or 0, of)
        if record.cached_tokens is not None:
            self.add(Metric.CACHED_TOKENS, record.cached_tokens, of)
        if record.reasoning_tokens is not None:
            self.add(Metric.REASONING_TOKENS, record.reasoning_tokens, of)

    def _record_tokens(self, record: AttemptRecord) -> None:
        for kind, tokens in (("input", record.input_tokens), ("output", record.output_tokens)):
            if tokens is not None:
                key = (record.provider, record.model, record.arm, kind)
                of = self.series.get(key) or self._series(key, _token_usage_labels, record, kind)
                self.record(Metric.TOKEN_USAGE, tokens, of)

    def _of_attempt(self, record: AttemptRecord, error: str | None) -> Series:
        key = (record.provider, record.model, record.arm, record.site, error, record.cancelled)
        return self.series.get(key) or self._series(key, _attempt_labels, record, error)

    def _of_route(self, record: RouteRecord) -> Series:
        outcome = record.outcome
        key = (record.name, record.arm, outcome, record.error_type)
        return self.series.get(key) or self._series(key, _route_labels, record, outcome.value)

    def _series(self, key: object, labels: Callable[..., dict[Attribute, Value | None]], *of: Any) -> Series:
        found = self.series.get(key)
        if found is None:
            full = len(self.series) >= MOST_SERIES
            key = "overflow" if full else key
            found = self.series.setdefault(key, Series(OVERFLOW if full else self.dialect.spell(labels(*of))))
        return found


def _attempt_labels(record: AttemptRecord, error: str | None) -> dict[Attribute, Value | None]:
    return {
        Attribute.OPERATION: OPERATION,
        Attribute.PROVIDER: record.provider,
        Attribute.MODEL: record.model,
        Attribute.ARM: record.arm,
        Attribute.SITE: record.site,
        Attribute.CANCELLED: record.cancelled or None,
        Attribute.ERROR_TYPE: error,
    }


def _token_usage_labels(record: AttemptRecord, kind: str) -> dict[Attribute, Value | None]:
    return {
        Attribute.OPERATION: OPERATION,
        Attribute.PROVIDER: record.provider,
        Attribute.MODEL: record.model,
        Attribute.ARM: record.arm,
        Attribute.TOKEN_TYPE: kind,
    }


def _counted_token_labels(record: AttemptRecord) -> dict[Attribute, Value | None]:
    return {
        Attribute.OPERATION: OPERATION,
        Attribute.PROVIDER: record.provider,
        Attribute.MODEL: record.model,
        Attribute.ARM: record.arm,
        Attribute.TOKEN_MODALITY: UNKNOWN,
    }


def _route_labels(record: RouteRecord, outcome: str) -> dict[Attribute, Value | None]:
    return {
        Attribute.ROUTE: record.name,
        Attribute.ARM: record.arm,
        Attribute.OUTCOME: outcome,
        Attribute.ERROR_TYPE: record.error_type,
    }


def _skip_labels(provider: str, reason: str) -> dict[Attribute, Value | None]:
    return {Attribute.PROVIDER: provider, Attribute.REASON: reason}


def _failover_labels(source: str, target: str, arm: str) -> dict[Attribute, Value | None]:
    return {Attribute.SOURCE: source, Attribute.TARGET: target, Attribute.ARM: arm}


def _turn_labels(provider: str, state: str) -> dict[Attribute, Value | None]:
    return {Attribute.PROVIDER: provider, Attribute.STATE: state}


def _circuit_labels(provider: str) -> dict[Attribute, Value | None]:
    return {Attribute.PROVIDER: provider}
