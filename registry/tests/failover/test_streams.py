"""A stream fails over when it cannot be opened, and, where asked for, until its first chunk; never after it."""

import asyncio
import time

import pytest

from cutover_registry.failover import CircuitBreaker, DeadlineExceeded, Failover, PhaseTimeouts, Policy

UNTIL_FIRST = Policy(until_first_chunk=True)


class Source:
    """A stream by script: chunks and errors in order; knows whether it was closed."""

    def __init__(self, *steps):
        self.steps, self.closed = list(steps), 0

    def __iter__(self):
        return self

    def __next__(self):
        if not self.steps:
            raise StopIteration
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self):
        self.closed += 1


class AsyncSource(Source):
    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        if not self.steps:
            raise StopAsyncIteration
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, float):
            await asyncio.sleep(step)
        return step

    async def aclose(self):
        self.closed += 1


@pytest.fixture(params=["sync", "async"])
def streamed(request):
    """Open a stream over scripted sources and take all of it; give the provider and the chunks."""

    def sync(chain, sources):
        with chain.stream(lambda name: sources(name, Source)) as stream:
            return stream.provider, list(stream)

    async def in_loop(chain, sources):
        async def opened(name):
            return sources(name, AsyncSource)

        async with await chain.stream_async(opened) as stream:
            return stream.provider, [chunk async for chunk in stream]

    def streamed(chain, **scripts):
        made = {}

        def sources(name, kind):
            script = scripts[name]
            if isinstance(script, Exception):
                raise script
            made[name] = kind(*script)
            return made[name]

        try:
            if request.param == "sync":
                return sync(chain, sources)
            return asyncio.run(in_loop(chain, sources))
        finally:
            streamed.made = made

    return streamed


def test_a_stream_comes_as_it_is(streamed):
    assert streamed(Failover(["near", "far"]), near=["a", "b"]) == ("near", ["a", "b"])
    assert streamed.made["near"].closed == 1


def test_a_stream_that_cannot_be_opened_fails_over(streamed, status):
    assert streamed(Failover(["near", "far"]), near=status(503), far=["a"]) == ("far", ["a"])


def test_by_default_the_first_chunk_does_not_fail_over(streamed, status):
    with pytest.raises(Exception, match="status 503"):
        streamed(Failover(["near", "far"]), near=[status(503)], far=["a"])


def test_until_the_first_chunk_it_fails_over_where_asked_for(streamed, status):
    chain = Failover(["near", "far"], policy=UNTIL_FIRST)
    assert streamed(chain, near=[status(503)], far=["a", "b"]) == ("far", ["a", "b"])
    assert streamed.made["near"].closed == 1


def test_after_the_first_chunk_it_never_does(streamed, status):
    with pytest.raises(Exception, match="status 503"):
        streamed(Failover(["near", "far"], policy=UNTIL_FIRST), near=["a", status(503)], far=["b"])
    assert "far" not in streamed.made
    assert streamed.made["near"].closed >= 1


def test_an_empty_stream_is_an_answer(streamed):
    assert streamed(Failover(["near", "far"], policy=UNTIL_FIRST), near=[]) == ("near", [])


def test_stopping_early_closes_the_source():
    source = Source("a", "b")
    stream = Failover(["near"]).stream(lambda _: source)
    assert next(stream) == "a"
    stream.close()
    assert source.closed == 1


def test_a_generator_is_closed_too():
    ended = []

    def chunks():
        try:
            yield "a"
            yield "b"
        finally:
            ended.append(True)

    with Failover(["near"]).stream(lambda _: chunks()) as stream:
        next(stream)
    assert ended == [True]


async def test_an_async_generator_needs_no_coroutine_around_it():
    async def chunks():
        yield "a"

    async with await Failover(["near"]).stream_async(lambda _: chunks()) as stream:
        assert [chunk async for chunk in stream] == ["a"]


async def test_a_first_chunk_that_does_not_come_in_time_fails_over():
    sources = {"near": AsyncSource(30.0), "far": AsyncSource("a")}
    policy = Policy(until_first_chunk=True, phase_timeouts=PhaseTimeouts(first_chunk=0.03))
    stream = await Failover(["near", "far"], policy=policy).stream_async(sources.get)
    assert (stream.provider, sources["near"].closed) == ("far", 1)


async def test_a_gap_between_chunks_that_is_too_long_ends_the_stream():
    source = AsyncSource("a", 30.0)
    policy = Policy(phase_timeouts=PhaseTimeouts(between_chunks=0.03))
    stream = await Failover(["near"], policy=policy).stream_async(lambda _: source)
    assert await anext(stream) == "a"
    with pytest.raises(TimeoutError):
        await anext(stream)
    assert source.closed == 1


async def test_the_deadline_holds_in_the_stream_too():
    source = AsyncSource("a", 30.0)
    stream = await Failover(["near"], policy=Policy(deadline=0.05)).stream_async(lambda _: source)
    assert await anext(stream) == "a"
    with pytest.raises(DeadlineExceeded, match=r"deadline of 0\.05 s"):
        await anext(stream)


def test_a_synchronous_stream_ends_at_the_deadline():
    source = Source("a", "b")
    stream = Failover(["near"], policy=Policy(deadline=0.05)).stream(lambda _: source)
    assert next(stream) == "a"
    time.sleep(0.06)
    with pytest.raises(DeadlineExceeded):
        next(stream)
    assert source.closed == 1


# ---- limits and breakers of open streams


async def test_a_first_chunk_has_its_own_limit_though_it_does_not_fail_over():
    policy = Policy(phase_timeouts=PhaseTimeouts(first_chunk=0.03))
    stream = await Failover(["near", "far"], policy=policy).stream_async(lambda _: AsyncSource(30.0))
    with pytest.raises(TimeoutError, match="near gave no first chunk within its time"):
        await anext(stream)


async def test_the_limit_between_chunks_is_not_that_of_the_first_one():
    policy = Policy(phase_timeouts=PhaseTimeouts(between_chunks=0.02))
    stream = await Failover(["near"], policy=policy).stream_async(lambda _: AsyncSource(0.1, "a", 30.0))
    assert [await anext(stream), await anext(stream)] == [0.1, "a"]
    with pytest.raises(TimeoutError, match="near gave no next chunk within its time"):
        await anext(stream)


async def test_the_total_of_an_attempt_covers_its_stream():
    policy = Policy(phase_timeouts=PhaseTimeouts(total=0.05))
    stream = await Failover(["near"], policy=policy).stream_async(lambda _: AsyncSource(*[0.01] * 100))
    with pytest.raises(TimeoutError, match="near gave no next chunk within its time"):
        async for _ in stream:
            pass


def test_a_time_out_of_the_source_at_the_deadline_is_the_chains_own_error():
    class Slow(Source):
        def __next__(self):
            time.sleep(0.06)
            raise TimeoutError("the client's own")

    stream = Failover(["near"], policy=Policy(deadline=0.05)).stream(lambda _: Slow())
    with pytest.raises(DeadlineExceeded, match="tried: near") as caught:
        next(stream)
    assert str(caught.value.__cause__) == "the client's own"


def test_an_open_stream_that_breaks_counts_for_the_circuit(streamed, status):
    breaker = CircuitBreaker(failures=1)
    with pytest.raises(Exception, match="status 503"):
        streamed(Failover(["near", "far"], policy=Policy(breaker=breaker)), near=["a", status(503)])
    assert breaker.states()["near"].state == "open"


def test_a_mistake_of_the_caller_in_a_stream_does_not(streamed, status):
    breaker = CircuitBreaker(failures=1)
    with pytest.raises(Exception, match="status 400"):
        streamed(Failover(["near", "far"], policy=Policy(breaker=breaker)), near=["a", status(400)])
    assert breaker.states() == {}


def test_until_its_first_chunk_a_stream_counts_once(streamed, status):
    breaker = CircuitBreaker(failures=5)
    chain = Failover(["near", "far"], policy=Policy(breaker=breaker, until_first_chunk=True))
    assert streamed(chain, near=[status(503)], far=["a"])[0] == "far"
    assert breaker.states()["near"].failures == 1
