"""The middleware alone, before ASGI applications written for one case each."""

import asyncio

import pytest

from cutover_registry import Attempt, Outcome
from cutover_telemetry import instrument
from cutover_telemetry.instrument._open_route import current_route


@pytest.fixture
def telemetry(provider):
    instrumentation = instrument(tracer_provider=provider)
    yield instrumentation
    instrumentation.uninstrument()


@pytest.fixture
def attempted_by(telemetry):
    """Run an attempt through the hook, from inside an application."""

    def attempt(outcome):
        token = telemetry._hook.started(Attempt("near", "make_request", "f", "legacy", "chat", "m-1"))
        telemetry._hook.ended(token, outcome)

    return attempt


async def run(telemetry, app, *, incoming=(), send=None, kind="http"):
    messages = iter([*incoming])
    sent = []

    async def receive():
        return next(messages)

    async def keep(message):
        sent.append(message)

    await telemetry.wrap(app)({"type": kind}, receive, send or keep)
    return sent


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_what_is_no_http_request_passes_untouched(kind, telemetry, attempted_by):
    async def app(scope, receive, send):
        assert current_route.get() is None
        await send({"type": "whatever"})

    assert await run(telemetry, app, kind=kind) == [{"type": "whatever"}]


async def test_the_route_is_in_the_context_of_the_application_and_nowhere_after(telemetry, attempted_by):
    async def app(scope, receive, send):
        assert current_route.get() is not None
        attempted_by(Outcome())

    await run(telemetry, app)
    assert current_route.get() is None
    assert len(telemetry.routes()) == 1


async def test_an_exception_of_the_application_comes_through_and_is_named(telemetry, attempted_by):
    async def app(scope, receive, send):
        attempted_by(Outcome())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(telemetry, app)
    (route,) = telemetry.routes()
    assert (route.error_type, route.outcome, route.status_code) == ("ZeroDivisionError", "error", None)
    assert current_route.get() is None


async def test_a_cancelled_application_comes_through_and_its_route_is_kept(telemetry, attempted_by):
    begun = asyncio.Event()

    async def app(scope, receive, send):
        attempted_by(Outcome())
        begun.set()
        await asyncio.sleep(30)

    task = asyncio.create_task(run(telemetry, app))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [route.error_type for route in telemetry.routes()] == ["asyncio.exceptions.CancelledError"]


async def test_a_server_that_cannot_send_any_more_is_a_client_that_left(telemetry, attempted_by):
    async def app(scope, receive, send):
        attempted_by(Outcome())
        await send({"type": "http.response.start", "status": 200})

    async def broken(message):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await run(telemetry, app, send=broken)
    (route,) = telemetry.routes()
    assert (route.disconnected, route.error_type, route.outcome) == (True, None, "ok")


async def test_a_cancelled_call_after_the_client_left_is_no_failure(telemetry, attempted_by):
    async def app(scope, receive, send):
        await receive()
        attempted_by(Outcome(asyncio.CancelledError(), cancelled=True))

    await run(telemetry, app, incoming=[{"type": "http.disconnect"}])
    (route,) = telemetry.routes()
    assert [(one.cancelled, one.failed) for one in route.attempts] == [(True, False)]


async def test_a_call_that_still_runs_when_its_client_has_left_is_cancelled_and_not_abandoned(telemetry):
    async def app(scope, receive, send):
        telemetry._hook.started(Attempt("near", "make_request", "f", "legacy", "chat", "m-1"))
        await receive()

    await run(telemetry, app, incoming=[{"type": "http.disconnect"}])
    (route,) = telemetry.routes()
    assert [(one.cancelled, one.failed) for one in route.attempts] == [(True, False)]


async def test_a_disconnect_after_the_whole_answer_is_none(telemetry, attempted_by):
    async def app(scope, receive, send):
        attempted_by(Outcome())
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        assert telemetry.routes() == ()
        await send({"type": "http.response.body", "body": b"b"})
        assert len(telemetry.routes()) == 1
        await receive()

    sent = await run(telemetry, app, incoming=[{"type": "http.disconnect"}])
    assert [message["type"] for message in sent] == ["http.response.start", *["http.response.body"] * 2]
    assert [route.disconnected for route in telemetry.routes()] == [False]


async def test_a_late_attempt_hangs_below_the_span_of_its_ended_route(telemetry, attempted_by):
    async def app(scope, receive, send):
        attempted_by(Outcome())
        await send({"type": "http.response.body", "body": b""})
        attempted_by(Outcome(error=ValueError("late")))

    await run(telemetry, app)
    route, late = telemetry.spans()[-2:]
    assert (late.parent.span_id, late.attributes["cutover.attempt.late"]) == (route.context.span_id, True)
    assert [one.error_type for one in telemetry.attempts()] == [None, "ValueError"]
    assert len(telemetry.routes()[0].attempts) == 1


async def test_a_stream_dropped_in_the_middle_of_our_own_work_does_not_lock_us_out(telemetry, attempted_by):
    class EndsAnotherAttempt:
        def __del__(self):
            attempted_by(Outcome(streamed=True, cancelled=True))

    with telemetry._recorder.lock, telemetry._recorder.metrics.lock:
        EndsAnotherAttempt()
    assert [one.cancelled for one in telemetry.attempts()] == [True]


async def test_an_answer_without_a_status_is_the_servers_to_refuse(telemetry, attempted_by):
    async def app(scope, receive, send):
        attempted_by(Outcome())
        await send({"type": "http.response.start"})

    assert await run(telemetry, app) == [{"type": "http.response.start"}]
    assert [route.status_code for route in telemetry.routes()] == [None]
