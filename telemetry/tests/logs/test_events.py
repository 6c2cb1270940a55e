"""What happened arrives at a collector as log records: OTLP over real loopback HTTP, decoded from protobuf."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse

import cutover_telemetry.logs as door
from cutover_telemetry import BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.logs import LogEvents
from cutover_telemetry.names import Attribute

MILLISECOND = 1_000_000


@pytest.fixture
def collector():
    """A collector; gives its address and the log records that came."""
    found = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = ExportLogsServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for of_resource in request.resource_logs:
                for of_scope in of_resource.scope_logs:
                    found.extend((self.path, of_scope.scope.name, record) for record in of_scope.log_records)
            body = ExportLogsServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.found = found
    server.address_there = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(record):
    values = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in record.attributes}
    return record.event_name, record.time_unix_nano // MILLISECOND, values


def test_failovers_skips_and_circuits_arrive(collector, attempted):
    logs = LogEvents(collector.address_there)
    away = attempted("near", 10, 110, error_type="503")
    to = attempted("groq", 120, 300)
    skips = (SkipRecord("xai", "cooling_down", 115 * MILLISECOND),)
    logs.route(RouteRecord(0, 310 * MILLISECOND, (away, to), skips=skips, trace_id="ab" * 16))
    logs.attempt(to)
    logs.breaker(BreakerRecord("near", "closed", "open", 400 * MILLISECOND))
    logs.close()
    assert {(path, scope) for path, scope, _ in collector.found} == {("/v1/logs", "cutover_telemetry")}
    assert [told(record) for _, _, record in collector.found] == [
        ("cutover.skipped", 115, {"gen_ai.provider.name": "xai", "cutover.reason": "cooling_down"}),
        (
            "cutover.failed_over",
            120,
            {
                "cutover.failover.source": "near",
                "cutover.failover.target": "groq",
                "cutover.arm": "legacy",
                "error.type": "503",
                "cutover.failover.time_lost": 0.1,
            },
        ),
        (
            "cutover.circuit_changed",
            400,
            {"gen_ai.provider.name": "near", "cutover.circuit.before": "closed", Attribute.STATE.value: "open"},
        ),
    ]
    assert [record.trace_id.hex() for _, _, record in collector.found] == ["ab" * 16, "ab" * 16, ""]


def test_what_went_well_is_not_logged(collector, attempted):
    logs = LogEvents(collector.address_there)
    logs.route(RouteRecord(0, 310 * MILLISECOND, (attempted("groq", 120, 300),)))
    logs.close()
    assert collector.found == []


def test_flushing_exports_what_waits(collector):
    logs = LogEvents(collector.address_there)
    logs.breaker(BreakerRecord("near", "closed", "open", 1))
    logs.flush()
    assert len(collector.found) == 1
    logs.close()


def test_the_door_and_what_it_offers_agree():
    assert {name for name in vars(door) if not name.startswith("_")} == set(door.__all__)
