"""Chains of the registry inside requests and outside of them, and loops that tell of themselves."""

import asyncio
import threading

import pytest

from cutover_registry import Attempt, Outcome
from cutover_registry.failover import CircuitBreaker, DeadlineExceeded, Failover, Hedge, Policy
from cutover_telemetry import BreakerRecord, instrument, note_skipped
from cutover_telemetry.instrument._open_route import joinable_route


class UpstreamError(Exception):
    status_code = 503


@pytest.fixture
def telemetry(provider):
    instrumentation = instrument(tracer_provider=provider)
    yield instrumentation
    instrumentation.uninstrument()
    assert instrumentation.faults == 0


@pytest.fixture
def ask(telemetry):
    """A provider call that is seen: those in `failing` fail."""

    def make(*failing):
        def ask(name):
            token = telemetry._hook.started(Attempt(name, "make_request", f"make_{name}", "registry", "chat", "m-1"))
            error = UpstreamError() if name in failing else None
            telemetry._hook.ended(token, Outcome(error))
            if error is not None:
                raise error
            return name

        return ask

    return make


def events(span):
    return [event.name.removeprefix("cutover.") for event in span.events]


def test_a_chain_outside_of_any_request_is_a_route(telemetry, ask):
    assert Failover(["near", "far"]).run(ask("near")) == "far"
    (route,) = telemetry.routes()
    assert (route.outcome, route.selected, [one.number for one in route.attempts]) == ("failed_over", "far", [1, 2])
    assert [span.name for span in telemetry.spans()] == ["chat m-1", "chat m-1", "route chat m-1"]
    assert events(telemetry.spans()[-1]) == ["feature_flag.evaluation", "feature_flag.evaluation", "failed_over"]
    assert joinable_route() is None


async def test_an_asynchronous_chain_is_one_too_and_two_at_once_are_two(telemetry, ask):
    async def asked(name):
        await asyncio.sleep(0)
        return ask("near")(name)

    chain = Failover(["near", "far"])
    assert await asyncio.gather(chain.run_async(asked), chain.run_async(asked)) == ["far", "far"]
    assert [[one.provider for one in route.attempts] for route in telemetry.routes()] == [["near", "far"]] * 2


async def test_a_hedged_chain_ends_in_another_context_and_leaves_nothing_behind(telemetry, ask):
    async def asked(name):
        if name == "near":
            await asyncio.sleep(30)
        return ask()(name)

    chain = Failover(["near", "far"], policy=Policy(hedge=Hedge(after=0.01)))
    assert await chain.run_async(asked) == "far"
    assert joinable_route() is None
    assert [[one.provider for one in route.attempts] for route in telemetry.routes()] == [["far"]]
    ask()("lone")
    assert telemetry.attempts()[-1].number is None


@pytest.mark.parametrize("inside", [False, True])
async def test_who_loses_a_race_is_cancelled_and_has_not_failed(inside, telemetry):
    hook = telemetry._hook

    async def asked(name):
        token = hook.started(Attempt(name, "make_request", "f", "registry", "chat", "m-1"))
        try:
            await asyncio.sleep(30 if name == "near" else 0)
        except BaseException as error:
            hook.ended(token, Outcome(error, cancelled=True))
            raise
        hook.ended(token, Outcome())
        return name

    async def app(scope, receive, send):
        chain = Failover(["near", "far"], policy=Policy(hedge=Hedge(after=0.01)))
        assert await chain.run_async(asked) == "far"

    await (telemetry.wrap(app)({"type": "http"}, None, None) if inside else app(None, None, None))
    (route,) = telemetry.routes()
    assert [(one.provider, one.cancelled, one.error_type) for one in route.attempts] == [
        ("near", True, None),
        ("far", False, None),
    ]
    assert (route.outcome, route.failovers) == ("ok", ())


def test_an_open_circuit_is_a_skip_and_its_turn_an_event(telemetry, ask):
    breaker = CircuitBreaker(failures=1, cooldown=60)
    chain = Failover(["near", "far"], policy=Policy(breaker=breaker))
    chain.run(ask("near"))
    chain.run(ask("near"))
    first, second = telemetry.routes()
    assert [(one.provider, one.before, one.after) for one in first.breakers] == [("near", "closed", "open")]
    assert [(one.provider, one.reason) for one in second.skips] == [("near", "circuit_open")]
    assert telemetry.breakers() == first.breakers
    spans = [span for span in telemetry.spans() if span.name.startswith("route")]
    assert "circuit_changed" in events(spans[0])
    skipped = next(event for event in spans[1].events if event.name == "cutover.skipped")
    assert dict(skipped.attributes) == {"gen_ai.provider.name": "near", "cutover.reason": "circuit_open"}


def test_a_breaker_of_a_hand_written_loop_is_heard_outside_of_any_route(telemetry):
    breaker = CircuitBreaker(failures=1)
    breaker.failed("near")
    breaker.reset()
    assert [(one.before, one.after) for one in telemetry.breakers()] == [("closed", "open"), ("open", "closed")]
    assert all(isinstance(one, BreakerRecord) for one in telemetry.breakers())
    assert telemetry.routes() == ()


def test_a_loop_over_a_failover_is_a_route(telemetry, ask):
    loop = Failover(["near", "far"]).loop()
    for name in loop:
        try:
            loop.answered(ask("near")(name))
            break
        except UpstreamError as error:
            loop.failed(error)
    (route,) = telemetry.routes()
    assert (route.outcome, [one.provider for one in route.attempts]) == ("failed_over", ["near", "far"])


async def test_a_hand_written_loop_in_a_request_says_whom_it_skips(telemetry, ask):
    async def app(scope, receive, send):
        note_skipped("near", "circuit_open")
        ask()("far")

    await telemetry.wrap(app)({"type": "http"}, None, None)
    (route,) = telemetry.routes()
    assert [(one.provider, one.reason) for one in route.skips] == [("near", "circuit_open")]
    note_skipped("near", "outside of a route")
    assert len(route.skips) == 1


async def test_a_chain_in_a_request_joins_its_route_and_so_does_its_deadline(telemetry, ask):
    def slow(name):
        threading.Event().wait(0.2)
        return ask("near")(name)

    async def app(scope, receive, send):
        Failover(["near", "far"], policy=Policy(deadline=0.01)).run(slow)

    with pytest.raises(DeadlineExceeded):
        await telemetry.wrap(app)({"type": "http"}, None, None)
    (route,) = telemetry.routes()
    assert (route.overran, route.selected, route.outcome) == (True, None, "deadline")


def test_a_stream_that_a_chain_opened_ends_the_route_when_it_ends(telemetry):
    hook, token = telemetry._hook, []

    def opened(name):
        token.append(hook.started(Attempt(name, "make_request_stream", "f", "registry", "chat", "m-1")))
        return iter("ab")

    stream = Failover(["near"]).stream(opened)
    assert telemetry.routes() == ()
    second = Failover(["far"]).stream(opened)
    for chunk in stream:
        hook.chunk(token[0])
        assert chunk
    hook.ended(token[0], Outcome(streamed=True, chunks=2))
    assert [[one.provider for one in route.attempts] for route in telemetry.routes()] == [["near"]]
    assert telemetry.routes()[0].attempts[0].chunks == 2
    hook.ended(token[1], Outcome(streamed=True, chunks=0, cancelled=True))
    assert [route.attempts[0].provider for route in telemetry.routes()] == ["near", "far"]
    second.close()


def test_chains_are_heard_no_more_after_uninstrument(telemetry, ask):
    telemetry.uninstrument()
    assert Failover(["near"]).run(lambda name: name) == "near"
    assert (telemetry.routes(), telemetry.breakers()) == ((), ())
