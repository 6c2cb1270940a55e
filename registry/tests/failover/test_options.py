"""Each improvement is an option with a name of its own, off by default."""

import asyncio
import signal
import threading
import time
from email.utils import formatdate

import pytest

from cutover_registry.failover import (
    LEGACY,
    Backoff,
    CircuitBreaker,
    DeadlineExceeded,
    Failover,
    Hedge,
    InvalidPolicy,
    NoProviderLeft,
    PhaseTimeouts,
    Policy,
    current_attempt,
    retry_after_of,
    status_of,
)
from cutover_registry.failover._late import Late


def test_the_default_has_no_option_on():
    assert LEGACY.options_on == ()


def test_options_that_are_on_are_named():
    policy = Policy(deadline=3, breaker=CircuitBreaker(), backoff=Backoff(), hedge=Hedge(1), raises="all")
    assert policy.options_on == ("backoff", "deadline", "breaker", "hedge")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deadline": 0}, "failover policy, deadline: is 0; write seconds, a number above zero"),
        ({"deadline": float("inf")}, "failover policy, deadline: is inf; write seconds, a number above zero"),
        ({"honour_retry_after": -1}, "failover policy, honour_retry_after: is -1; write seconds"),
        ({"raises": "any"}, "failover policy, raises: is 'any'; write 'last', 'first' or 'all'"),
    ],
)
def test_an_option_that_is_not_well_formed_is_refused(options, message):
    with pytest.raises(InvalidPolicy) as caught:
        Policy(**options)
    assert message in str(caught.value)


# ---- statuses


class Holder:
    def __init__(self, **fields):
        self.__dict__.update(fields)


def error_with(**fields):
    error = Exception("x")
    error.__dict__.update(fields)
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (error_with(status_code=429), 429),
        (error_with(status=404), 404),
        (error_with(response=Holder(status_code=403)), 403),
        (error_with(response=Holder(status=401)), 401),
        (error_with(status_code=True), 502),
        (error_with(response=None), 502),
        (TimeoutError(), 504),
        (ConnectionRefusedError(), 503),
        (RuntimeError(), 502),
    ],
)
def test_a_status_is_read_off_the_shape_of_an_error(error, status):
    assert status_of(error) == status


def test_the_causes_tell_what_an_error_of_a_library_is():
    error = RuntimeError("a library's own")
    error.__cause__ = RuntimeError("a layer below")
    error.__cause__.__cause__ = TimeoutError()
    assert status_of(error) == 504


def test_a_ring_of_causes_ends():
    one, other = RuntimeError(), RuntimeError()
    one.__cause__, other.__cause__ = other, one
    assert status_of(one) == 502


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"Retry-After": " 12 "}, 12.0),
        ({"retry-after": formatdate(1060, usegmt=True)}, 60.0),
        ({"retry-after": formatdate(900, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers, seconds):
    assert retry_after_of(error_with(response=Holder(headers=headers)), now=1000) == seconds


# ---- backoff


def test_backoff_repeats_at_the_same_provider_first(run, providers, status, clock):
    asked = providers(near=[status(503), status(503), "hello"], far=["never"])
    policy = Policy(backoff=Backoff(retries=2, first=1, factor=3, jitter=False))
    assert run(Failover(["near", "far"], policy=policy, clock=clock), asked) == "hello"
    assert (asked.called, clock.slept) == (["near"] * 3, [1, 3])


def test_backoff_has_an_end(run, providers, status, clock):
    asked = providers(near=[status(503)], far=["hello"])
    policy = Policy(backoff=Backoff(retries=1, jitter=False))
    assert run(Failover(["near", "far"], policy=policy, clock=clock), asked) == "hello"
    assert asked.called == ["near", "near", "far"]


def test_what_will_not_change_is_not_repeated(run, providers, status, clock):
    asked = providers(near=[status(401)], far=["hello"])
    assert run(Failover(["near", "far"], policy=Policy(backoff=Backoff(retries=3)), clock=clock), asked) == "hello"
    assert (asked.called, clock.slept) == (["near", "far"], [])


def test_jitter_stays_below_its_bound(run, providers, status, clock):
    asked = providers(near=[status(503)] * 40 + ["hello"])
    policy = Policy(backoff=Backoff(retries=40, first=1, factor=2, longest=5))
    run(Failover(["near"], policy=policy, clock=clock), asked)
    bounds = [min(5, 2**number) for number in range(40)]
    assert all(0 <= wait <= bound for wait, bound in zip(clock.slept, bounds, strict=True))
    assert len(set(clock.slept)) > 30


# ---- Retry-After


def test_a_provider_that_asked_for_a_pause_is_skipped(run, providers, status, clock, listener):
    asked = providers(near=[status(503, retry_after=30), "back"], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(honour_retry_after=5), clock=clock)
    assert [run(chain, asked), run(chain, asked)] == ["hello", "hello"]
    assert asked.called == ["near", "far", "far"]
    assert ("skipped", "near", "cooling_down") in listener.heard
    clock.seconds += 31
    assert run(chain, asked) == "back"


def test_a_short_pause_is_waited_for_where_nobody_else_is_left(run, providers, status, clock):
    asked = providers(near=[status(503, retry_after=3), "hello"])
    chain = Failover(["near"], policy=Policy(honour_retry_after=5), clock=clock)
    with pytest.raises(Exception, match="status 503"):
        run(chain, asked)
    assert run(chain, asked) == "hello"
    assert clock.slept == [3]


def test_a_long_pause_is_not_waited_for(run, providers, status, clock):
    asked = providers(near=[status(503, retry_after=60)])
    chain = Failover(["near"], policy=Policy(honour_retry_after=5), clock=clock)
    with pytest.raises(Exception, match="status 503"):
        run(chain, asked)
    with pytest.raises(NoProviderLeft, match=r"no provider of the chain may be tried now \(near: cooling_down\)"):
        run(chain, asked)
    assert clock.slept == []


def test_chains_over_other_providers_share_the_pauses(run, providers, status, clock):
    asked = providers(near=[status(503, retry_after=30)], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(honour_retry_after=5), clock=clock)
    run(chain, asked)
    run(chain.over(["near", "far"]), asked)
    assert asked.called == ["near", "far", "far"]


# ---- breaker


def test_an_open_circuit_is_skipped(run, providers, status, clock, listener):
    breaker = CircuitBreaker(failures=2, window=60, cooldown=10, clock=clock)
    asked = providers(near=[status(503)], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(breaker=breaker), clock=clock)
    assert [run(chain, asked) for _ in range(4)] == ["hello"] * 4
    assert asked.called == ["near", "far", "near", "far", "far", "far"]
    assert ("skipped", "near", "circuit_open") in listener.heard
    assert breaker.states()["near"].state == "open"


def test_a_mistake_of_the_caller_opens_no_circuit(run, providers, status, clock):
    breaker = CircuitBreaker(failures=1, clock=clock)
    for _ in range(3):
        with pytest.raises(Exception, match="status 400"):
            run(Failover(["near"], policy=Policy(breaker=breaker), clock=clock), providers(near=[status(400)]))
    assert breaker.allows("near")


def test_after_the_cooldown_one_probe_closes_it(run, providers, status, clock):
    breaker = CircuitBreaker(failures=1, cooldown=10, clock=clock)
    asked = providers(near=[status(503), "back"], far=["hello"])
    chain = Failover(["near", "far"], policy=Policy(breaker=breaker), clock=clock)
    run(chain, asked)
    clock.seconds += 10
    assert run(chain, asked) == "back"
    assert breaker.states()["near"].state == "closed"


async def test_a_cancelled_probe_lets_another_one_through(clock):
    breaker = CircuitBreaker(failures=1, cooldown=10, clock=clock)
    breaker.failed("near")
    clock.seconds += 10
    chain = Failover(["near"], policy=Policy(breaker=breaker), clock=clock)
    task = asyncio.ensure_future(chain.run_async(lambda _: asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    assert not breaker.allows("near")
    task.cancel()
    await asyncio.wait([task])
    assert breaker.allows("near")


# ---- deadline and phases


def test_a_synchronous_attempt_is_given_up_at_the_deadline():
    closed = []

    def ask(name):
        current_attempt().on_abandon(lambda: closed.append(name))
        time.sleep(0.5)

    with pytest.raises(DeadlineExceeded, match=r"no answer within the chain's deadline of 0\.1 s; tried: near"):
        Failover(["near", "far"], policy=Policy(deadline=0.1)).run(ask)
    assert closed == ["near"]


async def test_an_asynchronous_attempt_is_cancelled_at_the_deadline():
    ended = []

    async def ask(name):
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(name)

    with pytest.raises(DeadlineExceeded, match=r"deadline of 0.05 s; tried: near"):
        await Failover(["near", "far"], policy=Policy(deadline=0.05)).run_async(ask)
    assert ended == ["near"]


def test_the_deadline_covers_the_whole_chain(status, clock):
    def slow(name):
        clock.seconds += 4
        raise status(503)

    chain = Failover(["near", "far", "last"], policy=Policy(deadline=6), clock=clock)
    with pytest.raises(DeadlineExceeded, match="tried: near, far") as caught:
        chain.run(slow)
    assert "status 503" in str(caught.value.__cause__)


def test_a_wait_that_does_not_fit_is_not_begun(run, providers, status, clock):
    asked = providers(near=[status(503)], far=["hello"])
    policy = Policy(deadline=5, backoff=Backoff(retries=1, first=6, jitter=False))
    assert run(Failover(["near", "far"], policy=policy, clock=clock), asked) == "hello"
    assert clock.slept == []


def test_the_attempt_knows_what_is_left_of_the_deadline(clock):
    left = []

    def ask(name):
        left.append(current_attempt().remaining)
        clock.seconds += 2
        raise TimeoutError

    with pytest.raises(TimeoutError):
        Failover(["near", "far"], policy=Policy(deadline=10), clock=clock).run(ask)
    assert left == [10, 8]


def test_an_attempt_that_exceeds_its_own_total_fails_over():
    def ask(name):
        time.sleep(5 if name == "near" else 0)
        return name

    policy = Policy(phase_timeouts=PhaseTimeouts(total=0.05))
    assert Failover(["near", "far"], policy=policy).run(ask) == "far"


async def test_an_asynchronous_attempt_that_exceeds_its_own_total_fails_over():
    async def ask(name):
        await asyncio.sleep(5 if name == "near" else 0)
        return name

    policy = Policy(phase_timeouts=PhaseTimeouts(total=0.05))
    assert await Failover(["near", "far"], policy=policy).run_async(ask) == "far"


def test_an_answer_that_comes_late_is_closed():
    closed = []

    class Answer:
        def close(self):
            closed.append(True)

    def ask(name):
        time.sleep(0.2)
        return Answer()

    with pytest.raises(DeadlineExceeded):
        Failover(["near"], policy=Policy(deadline=0.02)).run(ask)
    for _ in range(500):
        if closed:
            break
        time.sleep(0.01)
    assert closed == [True]


# ---- hedging


async def test_a_silent_provider_is_hedged_and_the_loser_is_cancelled():
    ended = []

    async def ask(name):
        try:
            await asyncio.sleep(30 if name == "near" else 0.01)
            return name
        finally:
            ended.append(name)

    chain = Failover(["near", "far", "last"], policy=Policy(hedge=Hedge(0.02)))
    assert await chain.run_async(ask) == "far"
    assert ended == ["far", "near"]


async def test_a_quick_provider_is_not_hedged(providers):
    asked = providers(near=["hello"], far=["never"])
    assert await Failover(["near", "far"], policy=Policy(hedge=Hedge(5))).run_async(asked.asked) == "hello"
    assert asked.called == ["near"]


async def test_a_failure_in_a_hedged_route_leaves_the_other_attempt_running(status):
    async def ask(name):
        await asyncio.sleep(0.05)
        if name == "far":
            raise status(503)
        await asyncio.sleep(0.05)
        return name

    assert await Failover(["near", "far"], policy=Policy(hedge=Hedge(0.01))).run_async(ask) == "near"


async def test_a_hedged_route_in_which_all_fail_raises_the_last_error(status):
    async def ask(name):
        await asyncio.sleep(0.03)
        raise status(503 if name == "near" else 502)

    with pytest.raises(Exception, match="status 50"):
        await Failover(["near", "far"], policy=Policy(hedge=Hedge(0.01))).run_async(ask)


async def test_nobody_to_hedge_with_leaves_the_attempt_alone(clock):
    breaker = CircuitBreaker(failures=1)
    breaker.failed("far")

    async def ask(name):
        await asyncio.sleep(0.05)
        return name

    policy = Policy(hedge=Hedge(0.01), breaker=breaker)
    assert await Failover(["near", "far"], policy=policy).run_async(ask) == "near"


async def test_the_95th_percentile_is_learnt_first():
    asked = []

    async def ask(name):
        asked.append(name)
        await asyncio.sleep(0.05 if len(asked) == 31 else 0.001)
        return name

    chain = Failover(["near", "far"], policy=Policy(hedge=Hedge("p95", samples=30)))
    for _ in range(31):
        await chain.run_async(ask)
    assert asked == ["near"] * 31 + ["far"]


async def test_cancelling_a_hedged_route_leaves_nothing_running():
    async def ask(name):
        await asyncio.sleep(30)

    task = asyncio.ensure_future(Failover(["near", "far"], policy=Policy(hedge=Hedge(0.01))).run_async(ask))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    assert asyncio.all_tasks() == {asyncio.current_task()}


# ---- options beside each other


def test_an_error_is_not_lost_where_the_circuit_opens_before_its_repetition(run, providers, status, clock):
    breaker = CircuitBreaker(failures=2, clock=clock)
    policy = Policy(breaker=breaker, backoff=Backoff(retries=5, jitter=False))
    asked = providers(near=[status(503)])
    with pytest.raises(Exception, match="status 503"):
        run(Failover(["near"], policy=policy, clock=clock), asked)
    assert asked.called == ["near", "near"]


def test_a_slow_provider_opens_no_circuit_of_the_one_after_it(status, clock):
    breaker = CircuitBreaker(failures=1, clock=clock)

    def ask(name):
        clock.seconds += 9 if name == "near" else 2
        raise Late if name == "far" else status(503)

    chain = Failover(["near", "far"], policy=Policy(deadline=10, breaker=breaker), clock=clock)
    with pytest.raises(DeadlineExceeded, match="tried: near, far"):
        chain._run(chain._route(), lambda attempt: ask(attempt.provider))
    assert not breaker.allows("near")
    assert breaker.allows("far")


def test_a_failover_names_the_provider_that_was_tried_and_not_the_one_that_was_skipped(
    run, providers, status, clock, listener
):
    breaker = CircuitBreaker(failures=1, clock=clock)
    breaker.failed("far")
    asked = providers(near=[status(503)], last=["hello"])
    run(Failover(["near", "far", "last"], policy=Policy(breaker=breaker), clock=clock), asked)
    assert listener.heard[1:] == [
        ("skipped", "far", "circuit_open"),
        ("failed over", "near", "last", "status 503"),
        ("ended", "failed_over", "last", 2),
    ]


def test_a_caller_who_is_interrupted_leaves_no_attempt_open():
    closed = threading.Event()

    def ask(name):
        current_attempt().on_abandon(closed.set)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        closed.wait(10)

    with pytest.raises(KeyboardInterrupt):
        Failover(["near"], policy=Policy(deadline=20)).run(ask)
    assert closed.is_set()
