"""OTLP's JSON, with its hexadecimal ids, comes to the same as the binary form."""

import base64
import json

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cutover_telemetry.incoming import Undecodable, records_of
from cutover_telemetry.incoming._json import from_json

DOCUMENT = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "some.instrumentation"},
                    "spans": [
                        {
                            "traceId": "5B8EFFF798038103D269B633813FC60C",
                            "spanId": "eee19b7ec3c1b174",
                            "parentSpanId": "",
                            "name": "chat m-1",
                            "kind": 3,
                            "startTimeUnixNano": "1790000000000000000",
                            "endTimeUnixNano": 1790000000100000000,
                            "attributes": [
                                {"key": "gen_ai.provider.name", "value": {"stringValue": "groq"}},
                                {"key": "gen_ai.request.model", "value": {"stringValue": "m-1"}},
                                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "5"}},
                            ],
                            "links": [{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b175"}],
                            "status": {"code": 2},
                            "aFieldOfNextYear": {"x": [1]},
                        }
                    ],
                }
            ],
        }
    ]
}


def read(document):
    return from_json(json.dumps(document).encode(), ExportTraceServiceRequest)


def test_a_request_as_the_specification_writes_it_is_read():
    (attempt,) = records_of(read(DOCUMENT))
    assert (attempt.provider, attempt.model, attempt.input_tokens) == ("groq", "m-1", 5)
    assert (attempt.seconds, attempt.error_type, attempt.site) == (0.1, "_OTHER", "shop")


def test_ids_are_hexadecimal_in_either_case():
    request = read(DOCUMENT)
    span = request.resource_spans[0].scope_spans[0].spans[0]
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert span.links[0].span_id.hex() == "eee19b7ec3c1b175"


def test_an_empty_request_is_read():
    assert records_of(read({})) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"7",
        b'{"resourceSpans": 7}',
        b'{"resourceSpans": [7]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": ["x"]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 7}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "-5"}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": ' + b"9" * 9_000 + b"}]}]}]}",
        b'{"a":' * 100_000,
        b"\xff\xfe{",
    ],
)
def test_what_is_no_request_is_refused(body):
    with pytest.raises(Undecodable, match=r"^the body is no OTLP request in JSON: "):
        from_json(body, ExportTraceServiceRequest)


def test_a_deep_value_is_refused_and_not_descended_into():
    value = {"stringValue": "x"}
    for _ in range(150):
        value = {"arrayValue": {"values": [value]}}
    document = json.loads(json.dumps(DOCUMENT))
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"].append({"key": "deep", "value": value})
    with pytest.raises(Undecodable):
        read(document)


def test_both_forms_of_one_request_give_the_same_records(service):
    route = service.route(100)
    service.call(10, 90, parent=route, attributes={"gen_ai.system": "groq", "gen_ai.request.model": "m-1"})
    route.finish()
    request = encode_spans(service.memory.get_finished_spans())
    document = MessageToDict(request, use_integers_for_enums=True)
    for span in document["resourceSpans"][0]["scopeSpans"][0]["spans"] + [
        span for scope in document["resourceSpans"][0]["scopeSpans"][1:] for span in scope["spans"]
    ]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in span:
                span[name] = base64.b64decode(span[name]).hex()
    assert records_of(read(document)) == records_of(request)
