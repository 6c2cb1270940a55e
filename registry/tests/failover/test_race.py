"""A hedged route: one answer is taken, the other attempt is cancelled and closed, and what is told is what happened."""

import asyncio
import time

import pytest

from cutover_registry.failover import Backoff, CircuitBreaker, DeadlineExceeded, Failover, Hedge, Policy


def chain_of(*names, hedge=0.02, **options):
    return Failover(names, policy=Policy(hedge=Hedge(hedge), **options))


class Open:
    """An answer that has to be closed."""

    def __init__(self, closed, name):
        self.closed, self.name = closed, name

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration

    async def aclose(self):
        self.closed.append(self.name)


async def test_an_answer_is_taken_though_the_other_attempt_fails_in_the_same_moment(status):
    started, both = [], asyncio.Event()

    async def ask(name):
        started.append(name)
        if len(started) == 2:
            both.set()
        await both.wait()
        if name == "near":
            raise status(400)
        return name

    for _ in range(20):
        started.clear()
        both.clear()
        assert await chain_of("near", "far", hedge=0.001).run_async(ask) == "far"


async def test_an_answer_that_nobody_takes_is_closed():
    closed, started, both = [], [], asyncio.Event()

    async def ask(name):
        started.append(name)
        if len(started) == 2:
            both.set()
        await both.wait()
        return Open(closed, name)

    answer = await chain_of("near", "far").run_async(ask)
    assert closed == [{"near": "far", "far": "near"}[answer.name]]


async def test_a_stream_that_loses_is_closed():
    closed, started, both = [], [], asyncio.Event()

    async def ask(name):
        started.append(name)
        if len(started) == 2:
            both.set()
        await both.wait()
        return Open(closed, name)

    stream = await chain_of("near", "far").stream_async(ask)
    assert closed == [{"near": "far", "far": "near"}[stream.provider]]


async def test_a_hedge_does_not_spin_while_the_next_provider_cools_down(status, clock):
    class Counting(type(clock)):
        asked = 0

        def now(self):
            Counting.asked += 1
            return super().now()

    counting = Counting()
    policy = Policy(hedge=Hedge(0.001), honour_retry_after=50)
    chain = Failover(["near", "far"], policy=policy, clock=counting)
    chain._cooldowns.note("far", 10)
    counting.seconds += 1

    async def ask(name):
        await asyncio.sleep(0.1)
        return name

    assert await chain.run_async(ask) == "near"
    assert Counting.asked < 40


async def test_a_provider_that_asked_for_a_pause_is_not_hedged_with(status):
    asked = []

    async def ask(name):
        asked.append(name)
        await asyncio.sleep(0.06)
        return name

    chain = chain_of("near", "far", "last", honour_retry_after=5)
    chain._cooldowns.note("far", 10)
    assert await chain.run_async(ask) == "near"
    assert asked == ["near", "last"]


async def test_backoff_waits_beside_an_attempt_and_not_instead_of_it(status):
    """The first fails and would be repeated after ten seconds; the second answers meanwhile."""

    async def ask(name):
        await asyncio.sleep(0.03 if name == "near" else 0.06)
        if name == "near":
            raise status(503)
        return name

    began = time.monotonic()
    chain = chain_of("near", "far", hedge=0.01, backoff=Backoff(retries=1, first=10, longest=10, jitter=False))
    assert await chain.run_async(ask) == "far"
    assert time.monotonic() - began < 5


async def test_a_hedged_route_ends_at_its_deadline_and_says_so(status):
    async def ask(name):
        await asyncio.Event().wait()

    for fails_over in ({504}, {503}):
        with pytest.raises(DeadlineExceeded, match=r"within the chain's deadline of 0\.06 s; tried: near, far"):
            await chain_of("near", "far", deadline=0.06, fails_over=fails_over).run_async(ask)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_both_fail_and_the_third_is_tried(status, listener):
    async def ask(name):
        await asyncio.sleep(0.03)
        if name != "last":
            raise status(503)
        return name

    assert await chain_of("near", "far", "last", hedge=0.01).run_async(ask) == "last"
    assert listener.heard[-1] == ("ended", "failed_over", "last", 3)


async def test_what_a_loser_took_counts_so_that_a_slow_provider_is_not_learnt_as_quick():
    async def ask(name):
        await asyncio.sleep(30 if name == "near" else 0)
        return name

    chain = chain_of("near", "far", hedge=0.02)
    for _ in range(3):
        assert await chain.run_async(ask) == "far"
    assert min(chain._latencies._seconds["near"]) >= 0.02
    assert len(chain._latencies._seconds["near"]) == 3


async def test_each_provider_has_a_percentile_of_its_own():
    chain = Failover(["near"], policy=Policy(hedge=Hedge("p95", samples=20)))
    for number in range(1, 101):
        chain._latencies.note("near", number / 100)
        chain._latencies.note("far", number)
    hedge = chain.policy.hedge
    assert [chain._latencies.wait_of(name, hedge) for name in ("near", "far", "new")] == [0.95, 95, None]


async def test_a_loser_gives_its_probe_back():
    breaker = CircuitBreaker(failures=1, cooldown=0.001)
    breaker.failed("near")
    await asyncio.sleep(0.005)

    async def ask(name):
        await asyncio.sleep(30 if name == "near" else 0)
        return name

    assert await chain_of("near", "far", breaker=breaker).run_async(ask) == "far"
    assert breaker.allows("near")
