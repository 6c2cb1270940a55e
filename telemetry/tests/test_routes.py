"""Whole spans of whole requests, on both arms, with a clock of which each reading is a millisecond later."""

import asyncio

import pytest
from opentelemetry import trace


@pytest.fixture(params=["application", "own"])
def pipeline(request):
    return request.param


@pytest.fixture
def chosen(arm):
    """The event that says which arm an attempt is on."""

    def make(site, provider, at):
        return (
            "feature_flag.evaluation",
            at,
            {
                "feature_flag.key": "cutover.arm",
                "feature_flag.provider.name": "cutover",
                "feature_flag.context.id": f"{site}/{provider}",
                "feature_flag.result.variant": arm,
            },
        )

    return make


def failed_over(source, target, at, error, lost):
    return (
        "cutover.failed_over",
        at,
        {
            "cutover.failover.source": source,
            "cutover.failover.target": target,
            "error.type": error,
            "cutover.failover.time_lost": lost,
        },
    )


@pytest.fixture
def attempt_span(arm):
    """The attempt span that is expected, by what it differs in."""

    def make(provider, time, site, slot, function, *, number=1, status=("UNSET", None), events=(), **attributes):
        return {
            "name": "chat m-1",
            "kind": "CLIENT",
            "parent": "route chat m-1",
            "attributes": {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": provider,
                "gen_ai.request.model": "m-1",
                "cutover.arm": arm,
                "cutover.site": site,
                "cutover.slot": slot,
                "cutover.function": function,
                "cutover.attempt.number": number,
                **attributes,
            },
            "status": status,
            "events": list(events),
            "time": time,
        }

    return make


@pytest.fixture
def route_span(arm):
    """The route span that is expected, by what it differs in."""

    def make(
        time, *events, name, attempts=1, outcome="ok", selected="alpha", time_lost=0.0, status_code=200, **attributes
    ):
        expected = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "m-1",
            "cutover.route.name": f"POST /{name}",
            "cutover.arm": arm,
            "cutover.route.attempts": attempts,
            "cutover.route.outcome": outcome,
            "cutover.route.provider_selected": selected,
            "cutover.route.time_lost": time_lost,
            "http.response.status_code": status_code,
            **attributes,
        }
        return {
            "name": "route chat m-1",
            "kind": "INTERNAL",
            "parent": None,
            "attributes": {name: value for name, value in expected.items() if value is not None},
            "status": ("ERROR", attributes["error.type"]) if "error.type" in attributes else ("UNSET", None),
            "events": list(events),
            "time": time,
        }

    return make


FAILED = {"status": ("ERROR", "503"), "error.type": "503"}
SYNC = ("chat", "make_request")
ASYNC = ("chat_async", "make_request_async")


@pytest.mark.parametrize(
    ("path", "slot", "function"),
    [("chat", "make_request", "make_alpha_request"), ("chat_async", "make_request_async", "make_alpha_request_async")],
)
async def test_a_call_that_answers_is_a_route_with_one_attempt(
    path, slot, function, client, telemetry, told, attempt_span, route_span, chosen
):
    answer = await client.post(f"/{path}?providers=alpha,beta")
    assert answer.text == "alpha:m-1"
    assert told(telemetry.spans()) == [
        attempt_span("alpha", (1001, 1002), path, slot, function),
        route_span((1000, 1003), chosen(path, "alpha", 1001), name=path),
    ]


async def test_a_failover_is_two_attempts_of_which_only_the_failed_span_is_an_error(
    client, telemetry, told, gateway, attempt_span, route_span, chosen
):
    gateway.behaviour.TABLE["alpha"] = "503"
    answer = await client.post("/chat?providers=alpha,beta")
    assert (answer.status_code, answer.text) == (200, "beta:m-1")
    assert told(telemetry.spans()) == [
        attempt_span("alpha", (1001, 1002), *SYNC, "make_alpha_request", **FAILED),
        attempt_span("beta", (1003, 1004), *SYNC, "make_beta_request", number=2),
        route_span(
            (1000, 1005),
            chosen("chat", "alpha", 1001),
            chosen("chat", "beta", 1003),
            failed_over("alpha", "beta", 1003, "503", 0.001),
            name="chat",
            attempts=2,
            outcome="failed_over",
            selected="beta",
            time_lost=0.001,
        ),
    ]


async def test_a_route_without_a_provider_left_is_exhausted(
    client, telemetry, told, gateway, attempt_span, route_span, chosen
):
    gateway.behaviour.TABLE.update(alpha="503", beta="raise")
    answer = await client.post("/chat_async?providers=alpha,beta")
    assert answer.status_code == 502
    reset = {"status": ("ERROR", "ConnectionResetError"), "error.type": "ConnectionResetError"}
    outcome = {"outcome": "exhausted", "selected": None, "time_lost": 0.002, "status_code": 502, "error.type": "502"}
    assert told(telemetry.spans()) == [
        attempt_span("alpha", (1001, 1002), *ASYNC, "make_alpha_request_async", **FAILED),
        attempt_span("beta", (1003, 1004), *ASYNC, "make_beta_request_async", number=2, **reset),
        route_span(
            (1000, 1005),
            chosen("chat_async", "alpha", 1001),
            chosen("chat_async", "beta", 1003),
            failed_over("alpha", "beta", 1003, "503", 0.001),
            name="chat_async",
            attempts=2,
            **outcome,
        ),
    ]


@pytest.mark.parametrize(
    ("path", "slot", "function"),
    [
        ("chat_stream", "make_request_stream", "make_alpha_stream"),
        ("chat_stream_async", "make_request_stream_async", "make_alpha_stream_async"),
    ],
)
async def test_a_stream_ends_with_its_last_chunk_and_tells_the_time_to_the_first(
    path, slot, function, client, telemetry, told, attempt_span, route_span, chosen
):
    answer = await client.post(f"/{path}?providers=alpha")
    assert answer.text == "alpha:m-1end"
    streamed = {
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.001,
        "cutover.attempt.chunks": 2,
        "cutover.attempt.time_per_chunk": 0.001,
        "cutover.attempt.longest_gap": 0.001,
        "events": [("cutover.first_chunk", 1002, {})],
    }
    assert told(telemetry.spans()) == [
        attempt_span("alpha", (1001, 1004), path, slot, function, **streamed),
        route_span((1000, 1005), chosen(path, "alpha", 1001), name=path),
    ]


@pytest.mark.parametrize("path", ["chat_stream", "chat_stream_async"])
async def test_a_stream_that_fails_before_its_first_chunk_fails_over(path, client, telemetry, gateway):
    gateway.behaviour.TABLE["alpha"] = "503"
    answer = await client.post(f"/{path}?providers=alpha,beta")
    assert answer.text == "beta:m-1end"
    (route,) = telemetry.routes()
    assert [(one.provider, one.error_type, one.first_chunk is None) for one in route.attempts] == [
        ("alpha", "503", True),
        ("beta", None, False),
    ]
    assert (route.outcome, route.selected) == ("failed_over", "beta")


@pytest.mark.parametrize("path", ["chat_stream", "chat_stream_async"])
async def test_a_stream_cut_after_a_chunk_is_a_failed_attempt_with_its_first_chunk(path, client, telemetry, gateway):
    gateway.behaviour.TABLE["alpha"] = "cut"
    await client.post(f"/{path}?providers=alpha")
    (route,) = telemetry.routes()
    (attempt,) = route.attempts
    assert (attempt.error_type, attempt.chunks, attempt.streamed) == ("502", 1, True)
    assert attempt.first_chunk is not None
    assert (route.outcome, route.error_type) == ("exhausted", "502")


async def test_an_awaited_call_that_times_out_is_a_failed_attempt(client, telemetry, gateway):
    gateway.TIMEOUTS["alpha"] = 0.1
    gateway.behaviour.TABLE["alpha"] = "hang"
    answer = await client.post("/chat_async?providers=alpha,beta")
    assert answer.text == "beta:m-1"
    (route,) = telemetry.routes()
    assert [one.error_type for one in route.attempts] == ["asyncio.exceptions.CancelledError", None]
    assert route.outcome == "failed_over"


async def test_a_thread_that_is_left_behind_by_a_timeout_is_an_abandoned_attempt(client, telemetry, gateway, told):
    gateway.TIMEOUTS["alpha"] = 0.1
    gateway.behaviour.TABLE["alpha"] = "hang"
    answer = await client.post("/chat?providers=alpha,beta")
    gateway.behaviour.released.set()
    assert answer.text == "beta:m-1"
    (route,) = telemetry.routes()
    assert [(one.provider, one.error_type) for one in route.attempts] == [("alpha", "abandoned"), ("beta", None)]
    assert (route.outcome, route.time_lost) == ("failed_over", 0.001)
    names = [(span["status"], span["time"]) for span in told(telemetry.spans())]
    assert names == [
        (("ERROR", "abandoned"), (1001, 1002)),
        (("UNSET", None), (1002, 1003)),
        (("UNSET", None), (1000, 1004)),
    ]


async def test_the_late_end_of_an_abandoned_attempt_adds_nothing(client, telemetry, gateway, eventually):
    gateway.TIMEOUTS["alpha"] = 0.1
    gateway.behaviour.TABLE["alpha"] = "hang"
    await client.post("/chat?providers=alpha,beta")
    before = telemetry.spans(), telemetry.attempts()
    gateway.behaviour.released.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert (telemetry.spans(), telemetry.attempts()) == before


async def test_the_callers_own_span_is_the_parent_and_is_left_alone(client, telemetry, told, gateway, provider):
    gateway.behaviour.TABLE.update(alpha="503", beta="503")
    with trace.use_span(provider.get_tracer("caller").start_span("caller"), end_on_exit=True) as caller:
        await client.post("/chat?providers=alpha,beta")
    assert (caller.status.status_code.name, dict(caller.attributes), list(caller.events)) == ("UNSET", {}, [])
    route = telemetry.spans()[-1]
    assert route.parent.span_id == caller.get_span_context().span_id
    assert {span.name for span in telemetry.spans()} == {"chat m-1", "route chat m-1"}


async def test_a_plain_thread_without_context_gives_a_root_span_that_says_so(client, telemetry, told):
    await client.post("/plain_thread")
    (span,) = told(telemetry.spans())
    assert (span["name"], span["kind"], span["parent"]) == ("chat m-1", "CLIENT", None)
    assert span["attributes"]["cutover.attempt.detached"] is True
    assert "cutover.attempt.number" not in span["attributes"]
    (attempt,) = telemetry.attempts()
    assert (attempt.number, telemetry.routes()) == (None, ())


async def test_a_call_outside_of_any_route_hangs_below_the_callers_span_and_is_not_detached(
    gateway, telemetry, provider
):
    with trace.use_span(provider.get_tracer("caller").start_span("caller"), end_on_exit=True) as caller:
        await gateway.call_async("beta", "m-2")
    (span,) = telemetry.spans()
    assert span.name == "chat m-2"
    assert span.parent.span_id == caller.get_span_context().span_id
    assert "cutover.attempt.detached" not in span.attributes


async def test_an_attempt_after_the_answer_is_late_and_not_the_routes(client, telemetry):
    await client.post("/background")
    (span,) = telemetry.spans()
    assert (span.attributes["cutover.attempt.late"], span.parent) == (True, None)
    assert (telemetry.routes(), [one.provider for one in telemetry.attempts()]) == ((), ["beta"])


async def test_a_stream_that_the_application_leaves_early_is_cancelled_and_no_failure(client, telemetry, gateway):
    await client.post("/early_leave")
    (route,) = telemetry.routes()
    (attempt,) = route.attempts
    assert (attempt.cancelled, attempt.failed, attempt.streamed, attempt.chunks) == (True, False, True, 1)
    assert (route.outcome, route.selected) == ("ok", "alpha")
    assert telemetry.spans()[0].attributes["cutover.attempt.cancelled"] is True


async def test_an_application_that_raises_after_a_good_attempt_is_an_error_route(
    client, telemetry, told, route_span, chosen
):
    await client.post("/crash")
    route = told(telemetry.spans())[-1]
    expected = {"outcome": "error", "status_code": None, "error.type": "ZeroDivisionError"}
    assert route == route_span((1000, 1003), chosen("chat_async", "alpha", 1001), name="crash", **expected)


async def test_a_failure_before_any_attempt_is_a_route_without_an_arm(client, telemetry, told):
    await client.post("/unready")
    (route,) = told(telemetry.spans())
    assert (route["name"], route["status"]) == ("route chat", ("ERROR", "500"))
    assert route["attributes"] == {
        "gen_ai.operation.name": "chat",
        "cutover.route.name": "POST /unready",
        "cutover.route.attempts": 0,
        "cutover.route.outcome": "error",
        "cutover.route.time_lost": 0.0,
        "http.response.status_code": 500,
        "error.type": "500",
    }


@pytest.mark.parametrize("path", ["/health", "/nowhere"])
async def test_a_request_that_calls_no_provider_and_does_not_fail_is_no_route(path, client, telemetry):
    await client.get(path)
    assert (telemetry.spans(), telemetry.routes()) == ((), ())


async def test_routes_at_the_same_time_keep_their_own_attempts(client, telemetry, gateway):
    gateway.behaviour.TABLE["alpha"] = "503"
    paths = [f"/{path}?providers=alpha,beta&model=m-{n}" for n in range(5) for path in ("chat", "chat_async")]
    await asyncio.gather(*(client.post(path) for path in paths))
    routes = telemetry.routes()
    assert len(routes) == 10
    for route in routes:
        assert [one.provider for one in route.attempts] == ["alpha", "beta"]
        assert [one.number for one in route.attempts] == [1, 2]
        assert len({one.model for one in route.attempts}) == 1
    traces = [span.context.trace_id for span in telemetry.spans()]
    assert sorted(traces.count(one) for one in set(traces)) == [3] * 10


async def test_message_content_is_recorded_nowhere(client, telemetry, gateway):
    gateway.behaviour.TABLE.update(alpha="503", beta="raise")
    for path in ("chat", "chat_async", "chat_stream_async"):
        await client.post(f"/{path}?providers=alpha,beta")
    await client.post("/crash")
    everything = "".join(span.to_json() for span in telemetry.spans()) + repr(telemetry.routes())
    assert "secret" not in everything
    assert "alpha:m-1" not in everything
