"""Failovers, skipped providers and circuits that turn, as log records over OTLP, for whoever searches logs.

A circuit may turn outside of any route, where no span could tell of it. A record has the attributes of the span event
by the same name, and the trace of its route; nothing of a message is in it.

logs = LogEvents("http://127.0.0.1:4318")
telemetry = instrument(app, sinks=[logs])
"""

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter

from cutover_telemetry._records import AttemptRecord, BreakerRecord, RouteRecord
from cutover_telemetry.names import SCOPE, Attribute, Dialect, Event, Value, chosen_dialect

TIMEOUT_SECONDS = 5.0

Said = dict[Attribute, Value | None]


class LogEvents:
    """A sink that emits log records; they are exported by a thread, from a queue with a bound.

    Args:
        endpoint: Where to, such as ``http://127.0.0.1:4318``; None heeds `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin.
        exporter: What exports, in place of OTLP.
        dialect: How attributes are spelt; by default as `OTEL_SEMCONV_STABILITY_OPT_IN` says.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        exporter: LogRecordExporter | None = None,
        dialect: Dialect | str | None = None,
    ) -> None:
        self._dialect = chosen_dialect(dialect)
        self._provider = LoggerProvider()
        self._provider.add_log_record_processor(BatchLogRecordProcessor(exporter or _otlp(endpoint)))
        self._logger = self._provider.get_logger(SCOPE, schema_url=self._dialect.schema_url)

    def route(self, record: RouteRecord) -> None:
        """Tell of the failovers and skips of a route."""
        for skip in record.skips:
            said: Said = {Attribute.PROVIDER: skip.provider, Attribute.REASON: skip.reason}
            self._emit(Event.SKIPPED, said, at=skip.at, trace=record.trace_id)
        for failover in record.failovers:
            said = {
                Attribute.SOURCE: failover.away.provider,
                Attribute.TARGET: failover.to.provider,
                Attribute.ARM: failover.away.arm,
                Attribute.ERROR_TYPE: failover.away.error_type,
                Attribute.LOST: failover.time_lost,
            }
            self._emit(Event.FAILED_OVER, said, at=failover.to.started, trace=record.trace_id)

    def attempt(self, record: AttemptRecord) -> None:
        """An attempt of no route fails over to nobody."""

    def breaker(self, record: BreakerRecord) -> None:
        """Tell of a circuit that turned."""
        said: Said = {
            Attribute.PROVIDER: record.provider,
            Attribute.STATE_BEFORE: record.before,
            Attribute.STATE: record.after,
        }
        self._emit(Event.CIRCUIT_CHANGED, said, at=record.at)

    def flush(self) -> None:
        """Export what waits."""
        self._provider.force_flush()

    def close(self) -> None:
        """Export what waits and take nothing more."""
        self._provider.shutdown()

    def _emit(self, event: Event, said: Said, *, at: int, trace: str | None = None) -> None:
        self._logger.emit(
            # A trace without a span is no context; the overloads have an event with a context only.
            LogRecord(  # type: ignore[call-overload]
                timestamp=at,
                trace_id=None if trace is None else int(trace, 16),
                severity_number=SeverityNumber.WARN,
                severity_text="WARN",
                body=event.meaning,
                attributes=self._dialect.spell(said),
                event_name=event.value,
            )
        )


def _otlp(endpoint: str | None) -> LogRecordExporter:
    return OTLPLogExporter(None if endpoint is None else f"{endpoint.rstrip('/')}/v1/logs", timeout=TIMEOUT_SECONDS)
