"""One line that makes both arms of a gateway visible.

For example:

telemetry = instrument(app)
...
telemetry.spans()
Console().print(telemetry.table())
"""

from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from rich.console import RenderableType

from cutover_registry import add_hook, remove_hook
from cutover_telemetry._attempts import AttemptSpans
from cutover_telemetry._clock import Clock, anchored_clock
from cutover_telemetry._errors import CannotInstrument
from cutover_telemetry._exporters import ConsoleExporter, GuestExporter, MemoryExporter
from cutover_telemetry._names import SCOPE, V1_41, Dialect
from cutover_telemetry._recorder import Recorder
from cutover_telemetry._records import AttemptRecord, Ring, RouteRecord
from cutover_telemetry._routes import Application, RouteMiddleware
from cutover_telemetry._summary import Summary, summarise
from cutover_telemetry._table import table, to_json


class Instrumentation:
    """What `instrument` set up, and what it has seen; readable also after `uninstrument`."""

    def __init__(self, recorder: Recorder, hook: AttemptSpans, exporters: tuple[GuestExporter, ...]) -> None:
        self.app: Application | None = None
        self._recorder = recorder
        self._hook = hook
        self._exporters = exporters

    def wrap(self, app: Application) -> Application:
        """The ASGI application with a route around each request; the application itself is not changed."""
        return RouteMiddleware(app, self._recorder)

    def uninstrument(self) -> None:
        """Stop; a middleware that is already built into the application lets everything pass."""
        if self._recorder.active:
            self._recorder.active = False
            remove_hook(self._hook)
            for exporter in self._exporters:
                exporter.active = False

    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans in the order in which they ended (none if the tracer provider is not the SDK's)."""
        memory = self._exporters[0]
        return memory.spans() if isinstance(memory, MemoryExporter) else ()

    def routes(self) -> tuple[RouteRecord, ...]:
        """The routes in the order in which they ended, sampled or not."""
        return self._recorder.ring.routes()

    def attempts(self) -> tuple[AttemptRecord, ...]:
        """All attempts, those outside of routes last."""
        return self._recorder.ring.attempts()

    @property
    def faults(self) -> int:
        """How many errors of telemetry itself were swallowed."""
        return self._recorder.faults.count

    def summary(self) -> Summary:
        """Attempts, errors, failovers and latency by provider and arm, from exact values."""
        return summarise(self.routes(), self.attempts())

    def table(self) -> RenderableType:
        """The summary for a terminal, to be printed by a rich Console."""
        return table(self.summary())

    def to_json(self) -> str:
        """The summary as a JSON document."""
        return to_json(self.summary())


def instrument(
    app: Any = None,
    *,
    tracer_provider: trace.TracerProvider | None = None,
    console: bool = False,
    dialect: Dialect = V1_41,
    clock: Clock | None = None,
) -> Instrumentation:
    """Observe every attempt of this process, and every route of `app`.

    An `app` with `add_middleware` (Starlette, FastAPI) is given the middleware in place; of any other one the wrapped
    application is `.app` of what is returned. Without a tracer provider the application's own is taken if it has set
    one, else a private one. Raises CannotInstrument if the app serves already.
    """
    provider = tracer_provider or _present_provider()
    exporters = (MemoryExporter(), *([ConsoleExporter(dialect)] if console else []))
    recorder = Recorder(provider.get_tracer(SCOPE), dialect=dialect, clock=clock or anchored_clock(), ring=Ring())
    instrumentation = Instrumentation(recorder, AttemptSpans(recorder), exporters)
    instrumentation.app = _add_middleware(app, instrumentation, recorder)
    _add_exporters(provider, exporters)
    add_hook(instrumentation._hook)
    return instrumentation


def _present_provider() -> trace.TracerProvider:
    present = trace.get_tracer_provider()
    return present if isinstance(present, TracerProvider) else TracerProvider(shutdown_on_exit=False)


def _add_exporters(provider: trace.TracerProvider, exporters: tuple[GuestExporter, ...]) -> None:
    if isinstance(provider, TracerProvider):
        for exporter in exporters:
            provider.add_span_processor(SimpleSpanProcessor(exporter))


def _add_middleware(app: Any, instrumentation: Instrumentation, recorder: Recorder) -> Application | None:
    if app is None:
        return None
    if not hasattr(app, "add_middleware"):
        return instrumentation.wrap(app)
    try:
        app.add_middleware(RouteMiddleware, recorder=recorder)
    except RuntimeError as exc:
        raise CannotInstrument(app, reason=str(exc)) from exc
    served: Application = app
    return served
