"""One line that makes both arms of a gateway visible.

For example:

telemetry = instrument(app)
...
telemetry.spans()
Console().print(telemetry.table())
"""

import inspect
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cutover_registry import add_hook, remove_hook
from cutover_registry.failover import add_route_hook, remove_route_hook
from cutover_telemetry._clock import Clock, anchored_clock
from cutover_telemetry._errors import CannotInstrument, NotInstalled
from cutover_telemetry._records import AttemptRecord, BreakerRecord, RecordSink, RouteRecord
from cutover_telemetry._ring import Ring
from cutover_telemetry._shown import table, to_json
from cutover_telemetry._summary import Summary, summarise
from cutover_telemetry.instrument._asgi import RouteMiddleware
from cutover_telemetry.instrument._attempts import AttemptRecords
from cutover_telemetry.instrument._chains import ChainEvents
from cutover_telemetry.instrument._recorder import Recorder
from cutover_telemetry.instrument._wsgi import WsgiRouteMiddleware
from cutover_telemetry.names import Dialect, chosen_dialect

if TYPE_CHECKING:
    from os import PathLike

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricsData
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import TracerProvider
    from rich.console import RenderableType

    from cutover_telemetry.instrument._pipeline import Pipeline


WSGI_PARAMETERS = 2


class Instrumentation:
    """What `instrument` set up, and what it has seen; readable also after `uninstrument`.

    Attributes:
        app: The application to serve: the one that was given, or what was wrapped around it.
    """

    def __init__(self, recorder: Recorder, ring: Ring, pipeline: "Pipeline | None") -> None:
        self.app: Any = None
        self._recorder = recorder
        self._ring = ring
        self._pipeline = pipeline
        self._hook = AttemptRecords(recorder)
        self._chains = ChainEvents(recorder)

    def start(self) -> None:
        """Listen from now on; `instrument` has done it."""
        if self._pipeline is not None:
            self._recorder.spans, self._recorder.metrics = self._pipeline.spans, self._pipeline.metrics
            self._recorder.flushes.append(self._pipeline.flush)
        add_hook(self._hook)
        add_route_hook(self._chains)

    def wrap(self, app: Any) -> RouteMiddleware:
        """The ASGI application with a route around each request; the application itself is not changed."""
        return RouteMiddleware(app, self._recorder)

    def wrap_wsgi(self, app: Any) -> WsgiRouteMiddleware:
        """The WSGI application with a route around each request; the application itself is not changed."""
        return WsgiRouteMiddleware(app, self._recorder)

    def flush(self) -> None:
        """Export and store what waits, now; spans as far as a collector takes them in two seconds."""
        self._recorder.flush()

    def uninstrument(self) -> None:
        """Stop, and export what waits; a middleware that is built into the application lets everything pass."""
        if self._recorder.active:
            self._recorder.active = False
            remove_hook(self._hook)
            remove_route_hook(self._chains)
            if self._pipeline is not None:
                with self._recorder.faults:
                    self._pipeline.close()

    def spans(self) -> "tuple[ReadableSpan, ...]":
        """The latest spans in the order in which they ended (none if the tracer provider is not the SDK's)."""
        return () if self._pipeline is None else self._pipeline.memory()

    def metrics(self) -> "MetricsData | None":
        """The metrics, where the application has no meter provider of its own; None without spans."""
        return None if self._pipeline is None else self._pipeline.collected()

    def routes(self) -> tuple[RouteRecord, ...]:
        """The latest routes in the order in which they ended, sampled or not."""
        return self._ring.routes()

    def attempts(self) -> tuple[AttemptRecord, ...]:
        """The latest attempts, those outside of routes last."""
        return self._ring.attempts()

    def breakers(self) -> tuple[BreakerRecord, ...]:
        """The latest changes of circuits."""
        return self._ring.breakers()

    @property
    def faults(self) -> int:
        """How many errors of telemetry itself were swallowed."""
        return self._recorder.faults.count

    def summary(self) -> Summary:
        """Attempts, errors, failovers and latency by provider and arm, from exact values."""
        return summarise(self.routes(), self.attempts())

    def table(self) -> "RenderableType":
        """The summary for a terminal, to be printed by a rich Console."""
        return table(self.summary())

    def to_json(self) -> str:
        """The summary as a JSON document."""
        return to_json(self.summary())


def instrument(
    app: Any = None,
    *,
    spans: bool = True,
    console: bool = False,
    otlp: bool | str = False,
    dialect: Dialect | str | None = None,
    exporters: "Sequence[SpanExporter | MetricExporter]" = (),
    tracer_provider: "TracerProvider | None" = None,
    meter_provider: "MeterProvider | None" = None,
    store: "str | PathLike[str] | None" = None,
    sinks: Iterable[RecordSink] = (),
    clock: Clock | None = None,
) -> Instrumentation:
    """Observe every attempt of this process, and every route of `app`.

    An `app` with `add_middleware` (Starlette, FastAPI) or `wsgi_app` (Flask) is given the middleware in place; of any
    other one the wrapped application is `.app` of what is returned: as ASGI if its call is a coroutine function, else
    as WSGI.

    Args:
        app: The application; None to see attempts alone.
        spans: Whether spans and metrics are made; records always are. Without, OpenTelemetry is not imported.
        console: Print a line for each span.
        otlp: Export spans and metrics over HTTP: to this endpoint, or with True to what the environment names.
        dialect: How names are spelt; by default as `OTEL_SEMCONV_STABILITY_OPT_IN` says.
        exporters: Where else spans and metrics go, from a thread.
        tracer_provider: What makes the spans; by default the application's own if it has set one, else ours.
        meter_provider: What makes the metrics; by default the application's own if it has set one.
        store: The file that records are kept in; see `cutover_telemetry.store`.
        sinks: Who else takes the records.
        clock: Where the times come from.

    Raises:
        CannotInstrument: The application serves already.
        NotInstalled: Spans are wanted and OpenTelemetry is not there.
        UnknownDialect: There is no dialect of that name.
    """
    chosen = chosen_dialect(dialect)
    make = _vendor("_pipeline", "spans").Pipeline if spans else None
    otlp_exporters = _otlp_exporters(otlp) if spans and otlp else ()
    ring = Ring()
    kept = () if store is None else (import_module("cutover_telemetry.store").Store.open(store).writer(),)
    recorder = Recorder(clock or anchored_clock(), [ring, *kept, *sinks])
    served = _with_middleware(app, recorder)
    pipeline = make and make(
        dialect=chosen,
        faults=recorder.faults,
        overhead=recorder.overhead,
        tracer_provider=tracer_provider,
        meter_provider=meter_provider,
        exporters=(*exporters, *otlp_exporters),
        console=console,
    )
    instrumentation = Instrumentation(recorder, ring, pipeline)
    instrumentation.app = served
    instrumentation.start()
    return instrumentation


def _otlp_exporters(otlp: bool | str) -> "tuple[SpanExporter, MetricExporter]":
    module, endpoint = _vendor("_otlp", "OTLP exporters"), otlp if isinstance(otlp, str) else None
    return module.otlp_spans(endpoint), module.otlp_metrics(endpoint)


def _vendor(module: str, what: str) -> Any:
    """The module that needs OpenTelemetry, imported only now: who wants records alone does not wait for it."""
    try:
        return import_module(f"cutover_telemetry.instrument.{module}")
    except ModuleNotFoundError as error:
        raise NotInstalled(what, missing=error.name) from error


def _with_middleware(app: Any, recorder: Recorder) -> Any:
    if app is None:
        return None
    if hasattr(app, "wsgi_app"):
        app.wsgi_app = WsgiRouteMiddleware(app.wsgi_app, recorder)
        return app
    if not hasattr(app, "add_middleware"):
        return WsgiRouteMiddleware(app, recorder) if is_wsgi(app) else RouteMiddleware(app, recorder)
    try:
        app.add_middleware(RouteMiddleware, recorder=recorder)
    except RuntimeError as exc:
        raise CannotInstrument(app, reason=str(exc)) from exc
    return app


def is_wsgi(app: Any) -> bool:
    """Whether an application is called with an environ and a start_response."""
    if not callable(app) or inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__):
        return False
    try:
        return len(inspect.signature(app).parameters) == WSGI_PARAMETERS
    except (TypeError, ValueError):
        return False
