"""One gateway process: the migrated gateway with the seam below it, telemetry inside and the caller's own span around.

As `python -m chaos_run._serve PORT STORE RESULT` in the gateway's folder it serves until SIGTERM, ends as a gateway
ends, and writes what its own side saw. SIGUSR1 has it print where each of its threads is.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import importlib
import json
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from chaos_run._seam import Seam
from cutover_telemetry import instrument
from cutover_telemetry.store import Limits, Store

THREADS, PATIENCE, SETTLED, COLLECTED = 24, 1.0, 2.0, 1.0
KEPT = Limits(file_bytes=4 * 2**30, piece_attempts=10**7, piece_bytes=2**31, queue=20_000)


class Caller:
    """The caller's own spans, made by its own OpenTelemetry around the whole application, and whether any changed."""

    def __init__(self, app: Any, threads: ThreadPoolExecutor) -> None:
        self._app, self._threads = app, threads
        tracers = TracerProvider(shutdown_on_exit=False)
        self.seen = Untouched()
        tracers.add_span_processor(self.seen)
        self._tracer = tracers.get_tracer("the caller")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request inside a span."""
        if scope["type"] != "http":
            asyncio.get_running_loop().set_default_executor(self._threads)
            await self._app(scope, receive, send)
            return
        named = {"caller.path": scope["path"]}
        with self._tracer.start_as_current_span(
            "caller", attributes=named, record_exception=False, set_status_on_exception=False
        ) as span:
            span.add_event("asked", {"caller.by": "chaos"})
            await self._app(scope, receive, send)


class Untouched(SpanProcessor):
    """Keeps when the caller's spans began and ended by their trace, and those that are not as the caller made them."""

    def __init__(self) -> None:
        self.times: dict[str, tuple[int | None, int | None]] = {}
        self.touched: list[str] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Compare one."""
        self.times[format(span.context.trace_id, "032x")] = (span.start_time, span.end_time)
        events = [(event.name, dict(event.attributes or {})) for event in span.events]
        found = (span.name, span.status.status_code.name, span.status.description, sorted(span.attributes or {}))
        if found != ("caller", "UNSET", None, ["caller.path"]) or events != [("asked", {"caller.by": "chaos"})]:
            self.touched.append(f"{found} {events}")


class Exported(SpanExporter):
    """Counts telemetry's own spans: attempts by provider, and routes."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.routes = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Count some."""
        for span in spans:
            provider = (span.attributes or {}).get("gen_ai.provider.name")
            if provider is None:
                self.routes += 1
            else:
                self.attempts[str(provider)] += 1
        return SpanExportResult.SUCCESS


def main() -> None:
    """Serve, end, and write what was seen."""
    port, path, told = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    sys.path.insert(0, "")
    seam, exported = Seam(), Exported()
    seam.lay("src.services")
    chat = importlib.import_module("src.routes.chat")
    chat.DEFAULT_PROVIDER_TIMEOUT = PATIENCE  # type: ignore[attr-defined]
    chat.PROVIDER_TIMEOUTS.clear()
    # The gateway leaves a connection behind whenever a caller goes before a stream's first chunk.
    upstream = importlib.import_module("src.services.http_upstream")
    upstream._client = httpx.Client(timeout=upstream._timeout(), limits=httpx.Limits(max_connections=None))  # type: ignore[attr-defined]
    app = importlib.import_module("src.main").app
    writer = Store.open(path, KEPT).writer()
    telemetry = instrument(app, sinks=[writer], exporters=[exported])
    threads = ThreadPoolExecutor(THREADS)
    caller = Caller(app, threads)
    threading.Thread(target=_collect, daemon=True).start()
    faulthandler.register(signal.SIGUSR1)
    # Once it has ended, uvicorn sends itself the signal again that it was ended by.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    uvicorn.run(caller, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=20)
    threads.shutdown(wait=True)
    _settle(seam)
    metrics = telemetry.metrics()
    telemetry.uninstrument()
    stored = writer.close(60)
    seen = {
        "calls": [list(vars(call).values()) for call in seam.calls],
        "metrics": _measured(metrics),
        "spans": exported.attempts,
        "route_spans": exported.routes,
        "spans_dropped": telemetry._pipeline._processors[-1].dropped,  # type: ignore[union-attr]
        "callers": caller.seen.times,
        "touched": caller.seen.touched[:5],
        "stored": stored,
        "dropped": writer.dropped,
        "unkept": writer.unkept,
        "faults": telemetry.faults,
        "tried_again": writer.faults.count,
    }
    told.write_text(json.dumps(seen))


def _collect() -> None:
    """Collect garbage where nobody holds a lock of httpcore's.

    The gateway drops streams of callers that went away. Collected while the same thread makes a connection, such a
    stream closes itself, and waits for ever for the pool's lock that this thread holds.
    """
    gc.disable()
    while True:
        time.sleep(COLLECTED)
        gc.collect()


def _settle(seam: Seam) -> None:
    """Wait for streams that nobody reads any more to be let go."""
    deadline = time.monotonic() + SETTLED
    while time.monotonic() < deadline and any(call.end is None for call in seam.calls):
        time.sleep(0.05)


def _measured(metrics: Any) -> dict[str, int]:
    found: Counter[str] = Counter()
    for metric in metrics.resource_metrics[0].scope_metrics[0].metrics:
        if metric.name in {"gen_ai.client.operation.duration", "cutover.route.duration"}:
            found[metric.name] += sum(point.count for point in metric.data.data_points)
    return dict(found)


if __name__ == "__main__":
    main()
