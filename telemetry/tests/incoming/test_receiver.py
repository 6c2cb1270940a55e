"""The receiver over real loopback HTTP, with OpenTelemetry's own exporters and by hand."""

import gzip
import json
import logging
import zlib

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

from cutover_telemetry.incoming import Gathering, Receiver

CALL = {"gen_ai.system": "openai", "gen_ai.request.model": "m-1"}
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def receiver(sink, service):
    return Receiver(sink, gathering=Gathering(sink, now=lambda: service.at(1000)))


@pytest.fixture
def address(receiver, serve):
    return serve(receiver)


@pytest.fixture
def body(service):
    route = service.route(100)
    service.call(10, 90, parent=route, attributes=CALL)
    route.finish()
    return service.request().SerializeToString()


def post(address, body, path="/v1/traces", **headers):
    return httpx.post(address + path, content=body, headers={**PROTOBUF, **headers})


@pytest.mark.parametrize("compression", list(Compression))
def test_a_service_that_was_not_changed_appears_with_the_exporter_that_it_has(
    make_service, sink, serve, receiver, address, compression
):
    service = make_service(**{"service.name": "unmodified"})
    exporter = OTLPSpanExporter(endpoint=address + "/v1/traces", compression=compression)
    service.provider.add_span_processor(BatchSpanProcessor(exporter))
    route = service.route(100)
    service.call(10, 90, parent=route, attributes=CALL)
    route.finish()
    service.provider.shutdown()
    receiver.close()
    (record,) = sink.routes
    assert [(each.provider, each.site) for each in record.attempts] == [("openai", "unmodified")]


def test_the_exporter_is_told_of_success(service, address):
    exporter = OTLPSpanExporter(endpoint=address + "/v1/traces")
    service.call(10, 90, attributes=CALL)
    assert exporter.export(service.memory.get_finished_spans()) is SpanExportResult.SUCCESS


def test_full_success_says_nothing_more(address, body):
    answer = post(address, body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    assert answer.content == b""


def test_partial_success_says_how_many_and_why(address, service):
    service.call(0, 9, attributes=CALL)
    service.call(0, 9, attributes=CALL)
    request = service.request()
    request.resource_spans[0].scope_spans[0].spans[0].trace_id = b"short"
    answer = post(address, request.SerializeToString())
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (partial.rejected_spans, partial.error_message) == (1, "1 spans: no valid trace id and span id")


def test_json_is_answered_in_json(address):
    answer = httpx.post(address + "/v1/traces", content=b"{}", headers=JSON)
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (200, "application/json", {})
    refused = httpx.post(address + "/v1/traces", content=b"{", headers=JSON)
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("the body is no OTLP request in JSON: JSONDecodeError: ")


def test_metrics_of_every_kind_are_taken_and_counted(address, receiver):
    exporter = OTLPMetricExporter(endpoint=address + "/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    view = View(instrument_name="waits", aggregation=ExponentialBucketHistogramAggregation())
    provider = MeterProvider([reader], views=[view], shutdown_on_exit=False)
    meter = provider.get_meter("theirs")
    meter.create_histogram("waits").record(0.5)
    meter.create_histogram("sizes").record(5)
    meter.create_counter("calls").add(1, {"a": "x"})
    meter.create_up_down_counter("open").add(1)
    provider.shutdown()
    assert receiver.counts.points == 4


def test_logs_are_taken_and_counted(address, receiver):
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "a line"
    answer = post(address, request.SerializeToString(), "/v1/logs")
    assert (answer.status_code, receiver.counts.logs) == (200, 1)
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress])
def test_packed_bodies_are_unpacked(address, body, receiver, packed):
    encoding = "gzip" if packed is gzip.compress else "deflate"
    assert post(address, packed(body), **{"Content-Encoding": encoding}).status_code == 200
    assert receiver.counts.spans == 2


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"Content-Type": "text/plain"}, 415, "Content-Type is 'text/plain'; known are application/x-protobuf, appl"),
        ({"Content-Encoding": "br"}, 415, "Content-Encoding is 'br'; known are gzip, deflate, identity"),
        ({"Content-Encoding": "gzip"}, 400, "the body is no OTLP request in gzip: "),
    ],
)
def test_forms_that_otlp_does_not_have_are_refused(address, body, headers, status, message):
    answer = post(address, body, **headers)
    assert answer.status_code == status
    text = answer.json()["message"] if "text/plain" in message else Status.FromString(answer.content).message
    assert text.startswith(message)


def test_a_body_that_is_no_protobuf_is_refused(address, receiver):
    answer = post(address, b"\xff" * 100)
    assert answer.status_code == 400
    assert "no OTLP request in protobuf" in Status.FromString(answer.content).message
    assert receiver.counts.requests == 0


def test_a_cut_gzip_is_refused(address, body):
    answer = post(address, gzip.compress(body)[:-10], **{"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert "it ends too early" in Status.FromString(answer.content).message


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_a_body_beyond_the_limit_is_refused_also_if_it_is_only_large_when_unpacked(sink, serve, headers):
    address = serve(Receiver(sink, largest_body=10_000))
    body = bytes(1_000_000)
    answer = post(address, gzip.compress(body) if headers else body, **headers)
    assert answer.status_code == 413
    assert Status.FromString(answer.content).message.startswith("the body is larger than 10000 bytes (unpacked)")


def test_other_paths_and_methods_are_no_part_of_it(address, body):
    assert post(address, body, "/v1/profiles").status_code == 404
    assert httpx.get(address + "/v1/traces").status_code == 405


async def test_the_end_of_its_life_gives_what_is_held(receiver, sink, body):
    async with receiver._lifespan(receiver._app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(receiver), base_url="http://localhost") as client:
            answer = await client.post("/v1/traces", content=body, headers=PROTOBUF)
        assert (answer.status_code, sink.routes) == (200, [])
    assert len(sink.routes) == 1


def test_while_too_many_bodies_are_read_a_sender_is_told_to_wait(sink, address, body, monkeypatch):
    monkeypatch.setattr("cutover_telemetry.incoming._receiver.MOST_AT_ONCE", 0)
    answer = post(address, body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_trace_is_given_to_the_sink_without_another_request(sink, serve, service, body, eventually, monkeypatch):
    monkeypatch.setattr("cutover_telemetry.incoming._receiver.SETTLE_EVERY", 0.01)
    gathering = Gathering(sink, now=lambda: service.at(1000), settled_after=0.05)
    post(serve(Receiver(sink, gathering=gathering)), body)
    eventually(lambda: sink.routes)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Bearer a secret"}, 200)],
)
async def test_somebody_from_elsewhere_needs_the_token(sink, body, service, headers, status):
    gathering = Gathering(sink, now=lambda: service.at(1000))
    transport = httpx.ASGITransport(Receiver(sink, token="a secret", gathering=gathering), client=("10.0.0.7", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.post("/v1/traces", content=body, headers={**PROTOBUF, **headers})
    assert answer.status_code == status


def test_nothing_of_the_body_is_logged(address, body, caplog):
    with caplog.at_level(logging.DEBUG, logger="cutover_telemetry"):
        post(address, b"secret" * 10)
        httpx.post(address + "/v1/traces", content=json.dumps({"resourceSpans": "secret"}), headers=JSON)
    assert "secret" not in caplog.text
