"""OTLP over HTTP to a collector of the test's own, which decodes what a real exporter sends."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cutover_registry import Attempt, Outcome
from cutover_telemetry import instrument
from cutover_telemetry.spans._batches import QUEUE_SIZE

REQUESTS = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


class Collector(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def spans(self):
        asked = [one for one in self.seen if isinstance(one, ExportTraceServiceRequest)]
        return [s for one in asked for r in one.resource_spans for scope in r.scope_spans for s in scope.spans]

    def metrics(self):
        asked = [one for one in self.seen if isinstance(one, ExportMetricsServiceRequest)]
        return {m.name: m for one in asked for r in one.resource_metrics for s in r.scope_metrics for m in s.metrics}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(REQUESTS[self.path].FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def collector():
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def instrumented():
    made = []

    def make(**options):
        made.append(instrument(**options))
        return made[-1]

    yield make
    for one in made:
        one.uninstrument()


async def served(telemetry):
    """One request that fails over and streams, with tokens."""

    def attempt(provider, outcome):
        token = telemetry._hook.started(Attempt(provider, "make_request", "f", "registry", "chat", "m-1"))
        if outcome.streamed:
            telemetry._hook.chunk(token)
            telemetry._hook.chunk(token)
        telemetry._hook.ended(token, outcome)

    async def app(scope, receive, send):
        attempt("near", Outcome(TimeoutError("a secret")))
        usage = {"prompt_tokens": 10, "completion_tokens": 3}
        attempt("far", Outcome(streamed=True, chunks=2, answer={"usage": usage, "choices": ["a secret"]}))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        pass

    await telemetry.wrap(app)({"type": "http", "method": "POST"}, None, send)


def said(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


async def test_spans_and_metrics_arrive_whole(collector, instrumented):
    telemetry = instrumented(otlp=collector.url)
    await served(telemetry)
    telemetry.flush()
    near, far, route = collector.spans()
    assert [span.name for span in (near, far, route)] == ["chat m-1", "chat m-1", "route chat m-1"]
    assert {span.parent_span_id for span in (near, far)} == {route.span_id}
    assert len({span.trace_id for span in (near, far, route)}) == 1
    assert route.trace_id.hex() == telemetry.routes()[0].trace_id
    assert (near.kind, route.kind, near.status.code, far.status.code) == (3, 1, 2, 0)
    assert said(near.attributes)["error.type"] == "TimeoutError"
    assert said(far.attributes)["gen_ai.usage.input_tokens"] == 10
    assert [event.name for event in route.events if event.name.startswith("cutover")] == ["cutover.failed_over"]
    record = telemetry.routes()[0]
    assert (route.start_time_unix_nano, route.end_time_unix_nano) == (record.started, record.ended)
    durations = collector.metrics()["gen_ai.client.operation.duration"].exponential_histogram.data_points
    assert {said(point.attributes)["gen_ai.provider.name"]: point.count for point in durations} == {"near": 1, "far": 1}
    assert all(sum(point.positive.bucket_counts) == 1 for point in durations)
    assert collector.metrics()["cutover.failovers"].sum.data_points[0].as_int == 1
    assert "secret" not in str(collector.seen)


async def test_what_waits_at_the_end_is_exported(collector, instrumented):
    telemetry = instrumented(otlp=collector.url, dialect="latest")
    await served(telemetry)
    telemetry.uninstrument()
    assert len(collector.spans()) == 3
    assert "gen_ai.client.inference.duration" in collector.metrics()


async def test_the_environment_names_the_collector(collector, instrumented, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
    telemetry = instrumented(otlp=True)
    await served(telemetry)
    telemetry.flush()
    resource = collector.seen[0].resource_spans[0].resource
    assert said(resource.attributes)["service.name"] == "shop"


async def test_a_collector_that_is_down_neither_breaks_nor_holds_anything(instrumented, caplog):
    telemetry = instrumented(otlp="http://127.0.0.1:9")
    for _ in range(20):
        await served(telemetry)
    telemetry.uninstrument()
    assert "60 spans were dropped: no collector took them in time" in caplog.messages
    assert len(telemetry.routes()) == 20


async def test_the_queue_before_a_collector_that_hangs_is_bounded(instrumented):
    hanging = threading.Event()

    class Hanging:
        def export(self, spans):
            hanging.wait(20)

        def shutdown(self):
            pass

    from opentelemetry.sdk.trace.export import SpanExporter

    exporter = type("HangingExporter", (Hanging, SpanExporter), {})()
    telemetry = instrumented(exporters=[exporter])
    for _ in range(5_000):
        await served(telemetry)
    batched = telemetry._pipeline._processors[-1]
    assert len(batched) <= QUEUE_SIZE
    assert batched.dropped > 0
    hanging.set()
