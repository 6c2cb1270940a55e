"""A small body that would be large in memory is refused undecoded; every other one is left to the decoder."""

import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cutover_telemetry.incoming import TooMany, Undecodable
from cutover_telemetry.incoming._body import JSON, PROTOBUF, decoded
from cutover_telemetry.incoming._crowd import refuse_crowd

EMPTY_RESOURCE, EMPTY_SCOPE, EMPTY_ITEM = b"\x0a\x00", b"\x12\x00", b"\x12\x00"


def within(field, body):
    size, length = len(body), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([field << 3 | 2]) + length + bytes([size]) + body


@pytest.mark.parametrize("kind", [ExportTraceServiceRequest, ExportMetricsServiceRequest, ExportLogsServiceRequest])
@pytest.mark.parametrize(
    "body",
    [
        EMPTY_RESOURCE * 100_001,
        within(1, EMPTY_SCOPE * 100_000),
        within(1, within(2, EMPTY_ITEM * 99_999)),
        within(1, within(2, EMPTY_ITEM * 50_000)) * 2,
    ],
)
def test_a_crowd_is_refused(kind, body):
    with pytest.raises(TooMany, match=r"^the body has more than 100000 resources, scopes and items; nothing of it"):
        decoded(body, kind, form=PROTOBUF)


def test_as_many_as_are_allowed_are_decoded():
    body = within(1, within(2, EMPTY_ITEM * 99_998))
    request = decoded(body, ExportTraceServiceRequest, form=PROTOBUF)
    assert len(request.resource_spans[0].scope_spans[0].spans) == 99_998


@pytest.mark.parametrize("group", ["Spans", "Metrics", "Logs"])
def test_a_crowd_in_json_is_refused(group):
    body = json.dumps({f"resource{group}": [{f"scope{group}": [{}] * 100_000}]}).encode()
    with pytest.raises(TooMany):
        decoded(body, ExportTraceServiceRequest, form=JSON)


def test_fields_of_other_kinds_are_passed_over(service):
    for place in range(5):
        service.call(place, 9, attributes={"x": "y" * 1000})
    body = b"\x08\xff\x01" + b"\x09" + bytes(8) + b"\x0d" + bytes(4) + service.request().SerializeToString()
    refuse_crowd(body, most=7)
    with pytest.raises(TooMany):
        refuse_crowd(body, most=6)


@pytest.mark.parametrize(
    "body", [b"\xff" * 100, b"\x0a", b"\x0a\xff", b"\x0a\x05ab", b"\x0b\x0b", b"\x07", b"\x0a\x02\x12\x09"]
)
def test_what_is_no_protobuf_is_left_to_the_decoder(body):
    refuse_crowd(body)
    with pytest.raises(Undecodable):
        decoded(body, ExportTraceServiceRequest, form=PROTOBUF)
