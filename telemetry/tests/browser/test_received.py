"""A service that nobody changed sends OTLP to `cutover telemetry receive`, and is on the open page."""

import re
import subprocess
import sys
import time

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from playwright.sync_api import expect

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m-1"}


@pytest.fixture
def receiver(tmp_path):
    """`cutover telemetry receive` on a free port; gives its address."""
    command = [sys.executable, "-P", "-m", "cutover_cli", "telemetry", "receive", "--store", tmp_path / "telemetry.db"]
    with subprocess.Popen([*map(str, command), "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        yield re.search(r"http://\S+", process.stderr.readline())[0]
        process.terminate()


@pytest.fixture
def service(receiver):
    """An instrumented service with the exporter that it has."""
    provider = TracerProvider(resource=Resource({"service.name": "their-gateway"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(receiver + "/v1/traces")))
    yield provider
    provider.shutdown()


def test_it_appears_with_its_failover_while_the_page_is_open(open_page, serve, service, tmp_path):
    page = open_page(serve(tmp_path / "telemetry.db").url)
    tracer = service.get_tracer("their.instrumentation")
    with tracer.start_as_current_span("POST /chat", kind=SpanKind.SERVER):
        with tracer.start_as_current_span("chat m-1", kind=SpanKind.CLIENT, attributes=CALL) as failed:
            failed.set_attributes({"gen_ai.provider.name": "deepseek", "http.response.status_code": 503})
            failed.set_status(Status(StatusCode.ERROR, "overloaded"))
            time.sleep(0.05)
        with tracer.start_as_current_span("chat m-1", kind=SpanKind.CLIENT, attributes=CALL) as answered:
            answered.set_attributes({"gen_ai.provider.name": "mistral_ai", "gen_ai.usage.output_tokens": 7})
    service.force_flush()
    row = page.locator("#providers-table tbody tr[data-key=deepseek]")
    expect(row).to_contain_text("503 × 1")
    expect(page.locator("#failovers-table tbody tr")).to_contain_text("mistral_ai")
    expect(page.locator("#filter-site")).to_contain_text("their-gateway")
