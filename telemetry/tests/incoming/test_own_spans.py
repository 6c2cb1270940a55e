"""The spans of a gateway of ours, sent over OTLP, come to the records that it keeps itself."""

from dataclasses import replace

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from cutover_telemetry import RouteRecord
from cutover_telemetry.incoming import records_of


def told(record):
    """What spans tell of a record; where they round, to a microsecond."""
    if isinstance(record, RouteRecord):
        return replace(record, overhead=0, attempts=tuple(told(attempt) for attempt in record.attempts))
    return replace(record, last_chunk=record.last_chunk and record.last_chunk // 1000 * 1000)


@pytest.mark.parametrize(
    "path",
    [
        "/chat?providers=alpha",
        "/chat?providers=alpha,beta&model=bad",
        "/chat_async?providers=alpha,beta",
        "/chat_stream?providers=alpha",
        "/chat_stream_async?providers=beta",
        "/plain_thread",
        "/background",
        "/crash",
        "/unready",
    ],
)
async def test_what_was_sent_is_what_was_kept(telemetry, client, path):
    await client.get(path)
    routes, lone = telemetry.routes(), [each for each in telemetry.attempts() if each.number is None]
    found = records_of(encode_spans(telemetry.spans()))
    read = [record for record in found if isinstance(record, RouteRecord)]
    assert [told(record) for record in read] == [told(record) for record in routes]
    rest = [record for record in found if not isinstance(record, RouteRecord)]
    assert [told(record) for record in rest] == [told(record) for record in lone]
