import json
import sys

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from cutover_registry import Attempt, Outcome
from cutover_registry.failover import CircuitBreaker
from cutover_telemetry import instrument
from cutover_telemetry._ring import Ring
from cutover_telemetry.store import Store

ATTEMPT = Attempt("near", "make_request", "make_near_request", "legacy", "chat", "m-1")


@pytest.fixture
def instrumented():
    """Instrumentations that are taken back at the end."""
    made = []

    def make(*args, **options):
        made.append(instrument(*args, **options))
        return made[-1]

    yield make
    for one in made:
        one.uninstrument()


def attempt_through(telemetry):
    token = telemetry._hook.started(ATTEMPT)
    telemetry._hook.first_chunk(token)
    telemetry._hook.chunk(token)
    telemetry._hook.ended(token, Outcome(streamed=True, chunks=3))


async def test_without_an_application_attempts_are_seen_and_the_process_has_no_global_provider(gateway, instrumented):
    telemetry = instrumented()
    assert gateway.call("alpha", "m-1") == "alpha:m-1"
    assert [span.name for span in telemetry.spans()] == ["chat m-1"]
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)
    assert telemetry.app is None


async def test_any_asgi_application_can_be_wrapped(gateway, instrumented):
    served = gateway.make_app()

    async def app(scope, receive, send):
        await served(scope, receive, send)

    telemetry = instrumented(app)
    transport = httpx.ASGITransport(telemetry.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        await client.post("/chat?providers=alpha")
    assert telemetry.app is not app
    assert [route.outcome for route in telemetry.routes()] == ["ok"]


async def test_after_uninstrument_nothing_is_seen_and_what_was_seen_can_be_read(client, telemetry, gateway):
    await client.post("/chat?providers=alpha")
    telemetry.uninstrument()
    telemetry.uninstrument()
    assert (await client.post("/chat?providers=alpha")).text == "alpha:m-1"
    gateway.call("alpha", "m-1")
    assert (len(telemetry.spans()), len(telemetry.routes()), len(telemetry.attempts())) == (2, 1, 1)


def test_after_uninstrument_the_applications_own_provider_is_free_of_us(instrumented, provider):
    telemetry = instrumented(tracer_provider=provider)
    telemetry.uninstrument()
    provider.get_tracer("cutover_telemetry").start_span("ours by name").end()
    assert telemetry.spans() == ()


def test_spans_of_others_are_not_shown(instrumented, provider):
    telemetry = instrumented(tracer_provider=provider)
    provider.get_tracer("httpx").start_span("GET").end()
    attempt_through(telemetry)
    assert [span.name for span in telemetry.spans()] == ["chat m-1"]


async def test_two_instrumented_applications_keep_their_routes_apart(gateway, instrumented):
    first, second = instrumented(gateway.make_app()), instrumented(gateway.make_app())
    for telemetry, calls in ((first, 1), (second, 2)):
        transport = httpx.ASGITransport(telemetry.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for _ in range(calls):
                await client.post("/chat?providers=alpha")
    assert (len(first.attempts()), len(second.attempts())) == (1, 2)


def test_the_applications_own_global_provider_is_used_where_there_is_one(instrumented, provider, monkeypatch):
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    kept = []
    provider.add_span_processor(SimpleSpanProcessor(_Keeping(kept)))
    attempt_through(instrumented())
    assert [span.name for span in kept] == ["chat m-1"]


def test_a_provider_that_is_not_the_sdks_gives_records_without_spans(instrumented):
    telemetry = instrumented(tracer_provider=trace.NoOpTracerProvider())
    attempt_through(telemetry)
    assert (telemetry.spans(), len(telemetry.attempts()), telemetry.faults) == ((), 1, 0)


def test_what_is_not_sampled_is_recorded_all_the_same(instrumented):
    telemetry = instrumented(tracer_provider=TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False))
    attempt_through(telemetry)
    assert (telemetry.spans(), [one.chunks for one in telemetry.attempts()]) == ((), [3])


def test_console_prints_a_line_for_each_span_with_attempts_indented_below_their_route(instrumented, capsys):
    telemetry = instrumented(console=True, clock=iter(range(10**6, 10**9, 10**6)).__next__)
    attempt_through(telemetry)
    telemetry.uninstrument()
    attempt_through(telemetry)
    assert capsys.readouterr().out == "chat m-1  2.0 ms  legacy near\n"


async def test_console_lines_of_a_route(gateway, instrumented, capsys, arm):
    telemetry = instrumented(gateway.make_app(), console=True, clock=iter(range(10**6, 10**9, 10**6)).__next__)
    gateway.behaviour.TABLE["alpha"] = "503"
    transport = httpx.ASGITransport(telemetry.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        await client.post("/chat?providers=alpha,beta", params={"providers": "alpha,beta", "model": "m\x1b[2J"})
    assert capsys.readouterr().out.splitlines() == [
        f"  chat m?[2J  1.0 ms  {arm} alpha 1 503",
        f"  chat m?[2J  1.0 ms  {arm} beta 2",
        f"route chat m?[2J  5.0 ms  {arm} failed_over",
    ]


class _Keeping(SpanExporter):
    def __init__(self, kept):
        self.kept = kept

    def export(self, spans):
        self.kept.extend(spans)


class _BrokenExporter(SpanExporter):
    def export(self, spans):
        raise OSError("collector is down")


class _BrokenProcessor(SpanProcessor):
    def __init__(self, *broken):
        self.broken = broken

    def on_start(self, span, parent_context=None):
        if "start" in self.broken:
            raise ValueError("on_start")

    def on_end(self, span):
        if "end" in self.broken:
            raise ValueError("on_end")


@pytest.mark.parametrize("broken", [("start",), ("end",), ("start", "end")])
async def test_a_processor_that_fails_neither_breaks_a_call_nor_loses_a_record(
    broken, client, telemetry, provider, gateway
):
    provider.add_span_processor(_BrokenProcessor(*broken))
    gateway.behaviour.TABLE["alpha"] = "503"
    for path in ("chat", "chat_async", "chat_stream", "chat_stream_async"):
        assert (await client.post(f"/{path}?providers=alpha,beta")).status_code == 200
    assert [route.outcome for route in telemetry.routes()] == ["failed_over"] * 4
    assert telemetry.faults > 0


async def test_an_exporter_that_fails_breaks_nothing(client, telemetry, provider, caplog):
    provider.add_span_processor(SimpleSpanProcessor(_BrokenExporter()))
    assert (await client.post("/chat?providers=alpha")).text == "alpha:m-1"
    assert len(telemetry.spans()) == 2
    assert "collector is down" in caplog.text


async def test_a_standard_output_that_is_closed_breaks_nothing(gateway, instrumented, monkeypatch, caplog):
    class Closed:
        def write(self, text):
            raise ValueError("I/O operation on closed file")

    telemetry = instrumented(console=True)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Closed())
        assert gateway.call("alpha", "m-1") == "alpha:m-1"
    assert len(telemetry.spans()) == 1


def test_events_of_an_attempt_that_was_not_taken_are_passed_over(instrumented):
    telemetry = instrumented()
    telemetry._hook.first_chunk(None)
    telemetry._hook.chunk(None)
    telemetry._hook.ended(None, Outcome())
    assert telemetry.attempts() == ()


def test_an_attempt_ends_once(instrumented):
    telemetry = instrumented()
    token = telemetry._hook.started(ATTEMPT)
    telemetry._hook.ended(token, Outcome())
    telemetry._hook.ended(token, Outcome(error=ValueError()))
    assert [one.error_type for one in telemetry.attempts()] == [None]


async def test_a_route_that_a_switch_file_sends_through_both_arms_is_mixed(
    load_gateway, instrumented, monkeypatch, tmp_path
):
    switch = tmp_path / "switch.json"
    switch.write_text('{"version": 1, "rules": [{"site": "*", "provider": "beta", "arm": "registry"}]}')
    monkeypatch.delenv("CUTOVER_ARM", raising=False)
    monkeypatch.setenv("CUTOVER_SWITCH_FILE", str(switch))
    gateway = load_gateway()
    telemetry = instrumented(gateway.make_app())
    gateway.behaviour.TABLE["alpha"] = "503"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(telemetry.app), base_url="http://gateway") as client:
        await client.post("/chat?providers=alpha,beta")
        await client.post("/chat_stream_async?providers=beta")
    assert [route.arm for route in telemetry.routes()] == ["mixed", "registry"]
    assert [(one.provider, one.arm) for one in telemetry.attempts()] == [
        ("alpha", "legacy"),
        ("beta", "registry"),
        ("beta", "registry"),
    ]
    assert [(row.provider, row.arm, row.attempts) for row in telemetry.summary().providers] == [
        ("alpha", "legacy", 1),
        ("beta", "registry", 2),
    ]


class _Broken:
    def route(self, record):
        raise OSError("disk is full")

    attempt = breaker = flush = route


async def test_a_sink_that_fails_breaks_nothing_and_others_get_their_records(gateway, instrumented):
    kept = Ring()
    telemetry = instrumented(gateway.make_app(), sinks=[_Broken(), kept])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(telemetry.app), base_url="http://gateway") as client:
        assert (await client.post("/chat?providers=alpha")).text == "alpha:m-1"
    CircuitBreaker(failures=1).failed("near")
    gateway.call("alpha", "m-1")
    telemetry.flush()
    assert (len(kept.routes()), len(kept.attempts()), len(kept.breakers())) == (1, 2, 1)
    assert telemetry.faults == 4


async def test_records_go_to_the_store_that_is_named(gateway, instrumented, tmp_path):
    telemetry = instrumented(gateway.make_app(), store=tmp_path / "telemetry.db")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(telemetry.app), base_url="http://gateway") as client:
        await client.post("/chat?providers=alpha")
    telemetry.flush()
    account = Store.of(tmp_path / "telemetry.db").query.account()
    assert (account.routes, account.attempts) == (1, 1)


async def test_what_waits_is_exported_before_the_application_has_shut_down(instrumented, gateway):
    flushed, sent = [], []
    telemetry = instrumented(sinks=[type("Sink", (Ring,), {"flush": lambda self: flushed.append(len(sent))})()])

    async def app(scope, receive, send):
        await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def send(message):
        sent.append(message)

    await telemetry.wrap(app)({"type": "lifespan"}, None, send)
    assert (flushed, len(sent)) == ([1], 2)


async def test_telemetry_counts_the_time_that_it_takes(client, telemetry, gateway):
    await client.post("/chat?providers=alpha")
    (route,) = telemetry.routes()
    assert 0 < route.overhead < route.ended
    assert telemetry._recorder.overhead()[0] == pytest.approx(route.overhead / 10**9)
    assert len(route.trace_id) == 32


def test_summary_table_and_json_are_of_what_was_seen(instrumented):
    telemetry = instrumented()
    attempt_through(telemetry)
    (row,) = telemetry.summary().providers
    assert (row.provider, row.attempts, row.answered) == ("near", 1, 1)
    assert json.loads(telemetry.to_json())["providers"][0]["provider"] == "near"
    assert telemetry.table().renderables[0].row_count == 1
