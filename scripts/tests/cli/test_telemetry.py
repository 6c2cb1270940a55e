"""`cutover telemetry`: real processes that listen, an unmodified service that sends, and the files that are written."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from cutover_telemetry.overview import View, overview
from cutover_telemetry.store import Store, Window


@pytest.fixture
def cutover(tmp_path):
    """Run `cutover telemetry …` to its end."""

    def run(*arguments, **environment):
        command = [sys.executable, "-P", "-m", "cutover_cli", "telemetry", *map(str, arguments)]
        environ = {**os.environ, **environment}
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def listening(tmp_path):
    """Start `cutover telemetry …` on a free port; gives the process, with its address as `.address`."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-P", "-m", "cutover_cli", "telemetry", *arguments, "--port", "0"]
        log = tmp_path / f"{len(started)}.log"
        with log.open("wb") as written:
            process = subprocess.Popen(command, cwd=tmp_path, stdout=written, stderr=subprocess.STDOUT)
        started.append(process)
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.address, process.log = found[0], log
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def test_a_service_that_was_not_changed_is_stored(listening, tmp_path):
    receiver = listening("receive", "--store", "telemetry.db", "--provider", "x_ai=xai", "--arm", "candidate")
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(receiver.address + "/v1/traces")))
    tracer = provider.get_tracer("theirs")
    call = {"gen_ai.system": "x_ai", "gen_ai.request.model": "m-1", "gen_ai.operation.name": "chat"}
    with tracer.start_as_current_span("POST /chat", kind=SpanKind.SERVER):
        tracer.start_span("chat m-1", kind=SpanKind.CLIENT, attributes=call).end()
    provider.shutdown()
    receiver.send_signal(signal.SIGTERM)
    receiver.wait(30)
    (stored,) = Store.of(tmp_path / "telemetry.db").query.recent(Window.everything())
    (attempt,) = stored.record.attempts
    assert (stored.record.name, attempt.provider, attempt.arm) == ("POST /chat", "xai", "candidate")
    assert "2 spans: 1 routes and 0 lone attempts stored; 0 spans refused" in receiver.log.read_text()


def called(tracer, provider, **attributes):
    """A call as an instrumented client tells it, `took` and `first` in seconds, failed with a `status`."""
    took, first, status = attributes.pop("took"), attributes.pop("first", None), attributes.pop("status", None)
    now = time.time_ns()
    common = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": "m-1"}
    span = tracer.start_span("chat m-1", kind=SpanKind.CLIENT, attributes={**common, **attributes}, start_time=now)
    if first is not None:
        span.set_attribute("gen_ai.response.time_to_first_chunk", first)
    if status is not None:
        span.set_attributes({"error.type": "APIStatusError", "http.response.status_code": status})
        span.set_status(Status(StatusCode.ERROR, "SECRET words"))
    span.end(now + int(took * 1e9))


def test_a_service_that_was_not_changed_is_in_what_is_shown(listening, tmp_path):
    receiver = listening("receive", "--store", "telemetry.db")
    service = TracerProvider(resource=Resource({"service.name": "their-gateway"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(receiver.address + "/v1/traces", compression=Compression.Gzip)
    service.add_span_processor(BatchSpanProcessor(exporter))
    tracer = service.get_tracer("their.instrumentation")
    tokens = {"gen_ai.usage.input_tokens": 50, "gen_ai.usage.output_tokens": 100}
    for _ in range(3):
        with tracer.start_as_current_span("POST /chat", kind=SpanKind.SERVER):
            called(tracer, "groq", took=0.5, status=503)
            secret = {"gen_ai.input.messages": '[{"content": "SECRET"}]'}
            called(tracer, "deepseek", took=1.1, first=0.1, **tokens, **secret)
    service.shutdown()
    receiver.send_signal(signal.SIGTERM)
    receiver.wait(30)
    # The spans' times reach a little beyond now, as they do where clocks differ.
    shown = overview(Store.of(tmp_path / "telemetry.db"), View(Window.last(3600, now=time.time_ns() + 60 * 10**9)))
    groq, deepseek = shown.providers
    assert (groq.provider, groq.failed, dict(groq.errors), groq.failovers_away) == ("groq", 3, {"503": 3}, 3)
    assert (deepseek.answered, deepseek.input_tokens, deepseek.output_tokens) == (3, 150, 300)
    assert deepseek.first_chunk.p95 == pytest.approx(0.1, rel=0.01)
    assert deepseek.tokens_a_second == pytest.approx(100, rel=0.01)
    (failover,) = shown.failovers
    assert (failover.away, failover.to, failover.saved) == ("groq", "deepseek", 3)
    assert failover.lost == pytest.approx(1.5)
    assert [(side.provider, side.registry) for side in shown.arms.sides] == [("deepseek", None), ("groq", None)]
    assert {(route.outcome, route.providers) for route in shown.recent} == {("failed_over", ("groq", "deepseek"))}
    assert shown.sites_known == ("their-gateway",)
    assert b"SECRET" not in (tmp_path / "telemetry.db").read_bytes()


def test_metrics_are_served_of_a_store_that_is_not_there_yet(listening):
    endpoint = listening("prometheus", "--store", "telemetry.db", "--dialect", "latest")
    answer = httpx.get(endpoint.address + "/metrics")
    assert answer.status_code == 200
    assert "cutover_telemetry_faults_total 0.0" in answer.text


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("grafana", ["cutover-providers.json", "cutover-arms.json"]),
        ("rules", ["cutover-recording.rules.yml", "cutover-alerts.rules.yml"]),
    ],
)
def test_files_are_written_and_named(cutover, tmp_path, kind, names):
    done = cutover(kind, "-o", tmp_path / "made", "--dialect", "latest")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(tmp_path / "made" / name) for name in names]
    assert all("gen_ai_client_inference" in (tmp_path / "made" / name).read_text() for name in names)


def test_the_environment_chooses_the_dialect(cutover, tmp_path):
    cutover("grafana", "-o", "made", OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental")
    document = json.loads((tmp_path / "made/cutover-arms.json").read_text())
    assert document["uid"] == "cutover-arms-latest"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["receive", "--host", "0.0.0.0"], "--host 0.0.0.0 is more than this machine; give a token with --token-file"),
        (["receive", "--provider", "x"], "--provider x: write NAME=OURS, such as x_ai=xai"),
        (["receive", "--token-file", "empty"], "empty: is empty; put the token into it"),
        (["prometheus", "--host", "192.0.2.1", "--token-file", "token"], "cannot listen on 192.0.2.1, port 9464"),
        (["receive", "--store", "empty/telemetry.db"], "empty/telemetry.db: cannot be opened"),
        (["grafana", "-o", "empty/x"], "empty/x: cannot be written"),
        (["rules"], "Missing option '-o' / '--output'"),
        (["rules", "-o", "x", "--dialect", "v9"], "'v9' is not one of 'v1_41', 'latest', 'both'"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(cutover, tmp_path, arguments, said):
    (tmp_path / "empty").write_text("")
    (tmp_path / "token").write_text("a secret\n")
    done = cutover(*arguments)
    assert (done.returncode, said in done.stderr.replace("\n", " ")) == (2, True), done.stderr
