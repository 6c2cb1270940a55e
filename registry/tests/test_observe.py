"""Whatever a provider function is and answers with, its attempt starts and ends once; the caller sees the same."""

import asyncio
import concurrent.futures
import functools
import gc
import inspect
import io
import types

import pytest

from cutover_registry import Attempt, Outcome, RecordingHook
from cutover_registry._observe import ObservedCallable, observable, unobserved

ABOUT = Attempt("near", "make_request", "make_near_request", "registry", "chat")
BOOM = ValueError("boom")


def observed(function):
    return ObservedCallable(function, ABOUT)


def only(hook: RecordingHook) -> Outcome:
    """The outcome of the one attempt there was."""
    gc.collect()
    assert len(hook.attempts) == 1
    assert list(hook.outcomes) == [0]
    return hook.outcomes[0]


class Stream:
    """As client libraries make them: iterable and iterator, a context manager, closable, with attributes."""

    def __init__(self, chunks=("a", "b", "c"), error=None):
        self.response = "the raw response"
        self.closed = False
        self._chunks = iter(chunks)
        self._error = error

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self._chunks)
        except StopIteration:
            if self._error is not None:
                raise self._error from None
            raise

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.close()

    def close(self):
        self.closed = True


class AsyncStream:
    def __init__(self, chunks=("a", "b", "c"), error=None):
        self.inner = Stream(chunks, error)
        self.closed = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        try:
            return next(self.inner)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *raised):
        await self.close()

    async def close(self):
        self.closed = True


class OnlyIterable:
    """Iterable anew each time through a generator, beside being an iterator, as some clients' streams are."""

    def __init__(self):
        self._source = iter("abc")

    def __iter__(self):
        yield from self._source

    def __next__(self):
        return next(self._source)


class OnlyAsyncIterable:
    async def __aiter__(self):
        for chunk in "abc":
            yield chunk


def generator(error=None):
    yield from "abc"
    if error is not None:
        raise error


async def async_generator(error=None):
    for chunk in "abc":
        await asyncio.sleep(0)
        yield chunk
    if error is not None:
        raise error


async def coroutine(answer="answer", error=None):
    await asyncio.sleep(0)
    if error is not None:
        raise error
    return answer


SYNC = {"generator": generator, "class": Stream, "iterable": OnlyIterable, "iterator": lambda: iter("abc")}
ASYNC = {"generator": async_generator, "class": AsyncStream, "iterable": OnlyAsyncIterable}


# plain functions


def test_a_plain_call_starts_and_ends(hook):
    assert observed(lambda messages, model: (messages, model))("hi", "llama") == ("hi", "llama")
    assert hook.attempts == [Attempt("near", "make_request", "make_near_request", "registry", "chat", "llama")]
    assert only(hook) == Outcome(error=None, streamed=False, chunks=0, cancelled=False)


def test_a_failed_call_is_told_as_surely_as_a_good_one(hook):
    with pytest.raises(ValueError, match="boom") as caught:
        observed(lambda: (_ for _ in ()).throw(BOOM).__next__())()
    assert only(hook) == Outcome(error=caught.value)


def test_a_call_with_wrong_arguments_fails_as_it_did(hook):
    with pytest.raises(TypeError, match=r"coroutine\(\) got an unexpected keyword argument 'x'"):
        observed(coroutine)(x=1)
    assert isinstance(only(hook).error, TypeError)


@pytest.mark.parametrize(
    "stop", [KeyboardInterrupt(), SystemExit(3)], ids=lambda value: repr(value).partition(" at 0x")[0]
)
def test_an_interrupt_is_an_error_and_no_cancellation(stop, hook):
    def interrupted():
        raise stop

    with pytest.raises(type(stop)):
        observed(interrupted)()
    assert only(hook) == Outcome(error=stop, cancelled=False)


@pytest.mark.parametrize(
    ("args", "kwargs", "model"),
    [
        ((), {}, None),
        (("m",), {}, None),
        (("m", "llama"), {}, "llama"),
        (("m",), {"model": "llama"}, "llama"),
        (("m", "llama"), {"model": "other"}, "llama"),
        (("m", 3), {}, None),
        (("m",), {"model": None}, None),
    ],
)
def test_the_model_is_the_second_argument_or_the_keyword_when_it_is_a_string(args, kwargs, model, hook):
    observed(lambda *args, **kwargs: None)(*args, **kwargs)
    assert hook.attempts[0].model == model


@pytest.mark.parametrize(
    "answer",
    [None, "text", b"bytes", [1], (1,), {"a": 1}, {1}, range(3), 3, object()],
    ids=lambda value: repr(value).partition(" at 0x")[0],
)
def test_an_answer_that_is_all_there_comes_back_itself(answer, hook):
    assert observed(lambda: answer)() is answer
    assert only(hook) == Outcome()


def test_a_file_comes_back_itself_since_it_is_read_in_other_ways(hook):
    file = io.BytesIO(b"one\ntwo\n")
    assert observed(lambda: file)() is file
    assert only(hook) == Outcome()


def test_without_hooks_the_answer_is_the_functions_own():
    stream = generator()
    assert observed(lambda: stream)() is stream
    assert list(stream) == ["a", "b", "c"]


# sync streams


@pytest.mark.parametrize("make", SYNC.values(), ids=SYNC)
def test_a_stream_is_followed_to_its_end(make, hook):
    assert list(observed(make)()) == ["a", "b", "c"]
    assert only(hook) == Outcome(error=None, streamed=True, chunks=3, cancelled=False)
    assert (hook.firsts, hook.chunks) == ([0], [0, 0, 0])


@pytest.mark.parametrize("make", [generator, lambda error: Stream(error=error)], ids=["generator", "class"])
def test_an_error_in_mid_stream_is_told_and_raised(make, hook):
    stream = observed(make)(error=BOOM)
    assert [next(stream) for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="boom"):
        next(stream)
    assert only(hook) == Outcome(error=BOOM, streamed=True, chunks=3)


@pytest.mark.parametrize("make", [generator, Stream], ids=["generator", "class"])
def test_a_stream_that_is_closed_early_ends_as_cancelled(make, hook):
    stream = observed(make)()
    next(stream)
    stream.close()
    assert only(hook) == Outcome(error=None, streamed=True, chunks=1, cancelled=True)


@pytest.mark.parametrize("make", SYNC.values(), ids=SYNC)
def test_a_stream_that_is_dropped_ends_as_cancelled(make, hook):
    for _ in observed(make)():
        break
    assert only(hook) == Outcome(error=None, streamed=True, chunks=1, cancelled=True)


def test_a_stream_that_is_never_read_ends_when_it_is_dropped(hook):
    stream = observed(generator)()
    assert hook.outcomes == {}
    del stream
    assert only(hook) == Outcome(error=None, streamed=True, chunks=0, cancelled=True)


def test_closing_a_stream_after_its_end_says_nothing_new(hook):
    stream = observed(Stream)()
    list(stream)
    stream.close()
    assert stream.closed
    assert only(hook).cancelled is False


def test_a_close_that_fails_is_told_and_raised(hook):
    class Broken(Stream):
        def close(self):
            raise BOOM

    stream = observed(Broken)()
    with pytest.raises(ValueError, match="boom"):
        stream.close()
    assert only(hook) == Outcome(error=BOOM, streamed=True, cancelled=True)


def test_a_stream_is_a_context_manager_where_it_was_one(hook):
    with observed(Stream)() as stream:
        assert next(stream) == "a"
        assert not stream.closed
    assert stream.closed
    assert only(hook) == Outcome(streamed=True, chunks=1, cancelled=True)


def test_what_a_context_manager_enters_into_is_its_own(hook):
    class Manager(Stream):
        def __enter__(self):
            return "something else"

    with observed(Manager)() as entered:
        assert entered == "something else"


def test_a_generator_can_be_sent_to_and_thrown_into(hook):
    def echo():
        sent = yield "ready"
        while True:
            try:
                sent = yield sent
            except KeyError:
                sent = "caught"

    stream = observed(echo)()
    assert next(stream) == "ready"
    assert stream.send("hello") == "hello"
    assert stream.throw(KeyError()) == "caught"
    with pytest.raises(ValueError, match="boom"):
        stream.throw(BOOM)
    assert only(hook) == Outcome(error=BOOM, streamed=True, chunks=3)


def test_a_generator_that_delegates_sees_the_same_value(hook):
    def returns():
        yield 1
        return "value"

    def outer():
        return (yield from observed(returns)())

    stream = outer()
    assert next(stream) == 1
    with pytest.raises(StopIteration) as stopped:
        next(stream)
    assert stopped.value.value == "value"
    assert only(hook).cancelled is False


def test_a_stream_still_looks_like_what_it_is(hook):
    stream = observed(Stream)()
    assert isinstance(stream, Stream)
    assert stream.response == "the raw response"
    stream.response = "changed"
    assert vars(stream)["response"] == "changed"
    assert not hasattr(stream, "absent")
    assert not hasattr(stream, "__aiter__")
    assert inspect.isgenerator(observed(generator)())
    assert isinstance(observed(generator)(), types.GeneratorType)
    assert not hasattr(observed(generator)(), "__enter__")


def test_a_stream_with_a_length_keeps_it(hook):
    class Sized(Stream):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return "abc"[index]

    stream = observed(Sized)()
    assert (len(stream), stream[1], bool(stream)) == (3, "b", True)


# async


async def test_a_coroutine_is_followed_to_its_end(hook):
    pending = observed(coroutine)()
    assert hook.outcomes == {}
    assert await pending == "answer"
    assert only(hook) == Outcome()


async def test_an_error_in_a_coroutine_is_told_and_raised(hook):
    with pytest.raises(ValueError, match="boom"):
        await observed(coroutine)(error=BOOM)
    assert only(hook) == Outcome(error=BOOM)


@pytest.mark.parametrize("run", [asyncio.create_task, asyncio.ensure_future, asyncio.gather, asyncio.shield])
async def test_a_coroutine_can_be_given_to_the_loop(run, hook):
    assert await run(observed(coroutine)()) in ("answer", ["answer"])
    assert only(hook) == Outcome()


async def test_a_coroutine_that_is_cancelled_ends_as_cancelled(hook):
    task = asyncio.create_task(observed(asyncio.sleep)(60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    outcome = only(hook)
    assert isinstance(outcome.error, asyncio.CancelledError)
    assert outcome.cancelled


async def test_a_coroutine_that_is_cancelled_before_its_first_step_ends_as_cancelled(hook):
    task = asyncio.create_task(observed(coroutine)())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert only(hook).cancelled


async def test_a_timeout_ends_an_attempt_as_cancelled(hook):
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(observed(asyncio.sleep)(60), timeout=0.01)
    assert only(hook).cancelled


def test_a_coroutine_that_is_closed_unstarted_ends_as_cancelled(hook):
    pending = observed(coroutine)()
    pending.close()
    assert only(hook) == Outcome(cancelled=True)


def test_a_coroutine_runs_under_asyncio_run(hook):
    assert asyncio.run(observed(coroutine)()) == "answer"
    assert only(hook) == Outcome()


def test_a_coroutine_still_looks_like_one(hook):
    pending = observed(coroutine)()
    assert inspect.iscoroutine(pending)
    assert inspect.isawaitable(pending)
    assert asyncio.iscoroutine(pending)
    assert pending.__name__ == "coroutine"
    assert inspect.getcoroutinestate(pending) == inspect.CORO_CREATED
    pending.close()


async def test_a_generator_based_awaitable_is_awaited_through_iteration(hook):
    @types.coroutine
    def waits():
        return (yield from observed(coroutine)())

    assert await waits() == "answer"


@pytest.mark.parametrize("make", ASYNC.values(), ids=ASYNC)
async def test_an_async_stream_is_followed_to_its_end(make, hook):
    assert [chunk async for chunk in observed(make)()] == ["a", "b", "c"]
    assert only(hook) == Outcome(streamed=True, chunks=3)
    assert (hook.firsts, hook.chunks) == ([0], [0, 0, 0])


@pytest.mark.parametrize("make", ASYNC.values(), ids=ASYNC)
async def test_a_coroutine_that_returns_a_stream_ends_with_the_stream(make, hook):
    stream = await observed(coroutine)(answer=make())
    assert hook.outcomes == {}
    assert [chunk async for chunk in stream] == ["a", "b", "c"]
    assert only(hook) == Outcome(streamed=True, chunks=3)


async def test_a_plain_function_that_returns_a_coroutine_is_followed(hook):
    assert await observed(lambda: coroutine())() == "answer"
    assert only(hook) == Outcome()


@pytest.mark.parametrize("make", [async_generator, lambda error: AsyncStream(error=error)], ids=["generator", "class"])
async def test_an_error_in_mid_async_stream_is_told_and_raised(make, hook):
    stream = observed(make)(error=BOOM)
    assert [await anext(stream) for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="boom"):
        await anext(stream)
    assert only(hook) == Outcome(error=BOOM, streamed=True, chunks=3)


async def test_an_async_generator_that_is_closed_early_ends_as_cancelled(hook):
    stream = observed(async_generator)()
    assert await anext(stream) == "a"
    await stream.aclose()
    assert only(hook) == Outcome(streamed=True, chunks=1, cancelled=True)


async def test_an_async_stream_with_a_coroutine_close_is_closed_when_that_is_awaited(hook):
    stream = observed(AsyncStream)()
    await anext(stream)
    closing = stream.close()
    assert hook.outcomes == {}
    await closing
    assert stream.closed
    assert only(hook) == Outcome(streamed=True, chunks=1, cancelled=True)


async def test_an_async_context_manager_is_left_as_cancelled(hook):
    async with observed(AsyncStream)() as stream:
        assert await anext(stream) == "a"
    assert stream.closed
    assert only(hook) == Outcome(streamed=True, chunks=1, cancelled=True)


async def test_what_an_async_context_manager_enters_into_is_its_own(hook):
    class Manager(AsyncStream):
        async def __aenter__(self):
            return "something else"

    async with observed(Manager)() as entered:
        assert entered == "something else"


async def test_an_async_stream_whose_reader_is_cancelled_ends_as_cancelled(hook):
    async def endless():
        yield "a"
        await asyncio.sleep(60)

    reached = asyncio.Event()

    async def reader():
        async for _ in observed(endless)():
            reached.set()

    task = asyncio.create_task(reader())
    await reached.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    outcome = only(hook)
    assert isinstance(outcome.error, asyncio.CancelledError)
    assert (outcome.streamed, outcome.chunks, outcome.cancelled) == (True, 1, True)


async def test_an_async_generator_can_be_sent_to_and_thrown_into(hook):
    async def echo():
        sent = yield "ready"
        while True:
            try:
                sent = yield sent
            except KeyError:
                sent = "caught"

    stream = observed(echo)()
    assert await anext(stream) == "ready"
    assert await stream.asend("hello") == "hello"
    assert await stream.athrow(KeyError()) == "caught"
    await stream.aclose()
    assert only(hook) == Outcome(streamed=True, chunks=3, cancelled=True)


async def test_an_async_stream_still_looks_like_what_it_is(hook):
    assert inspect.isasyncgen(observed(async_generator)())
    stream = observed(AsyncStream)()
    assert isinstance(stream, AsyncStream)
    assert not hasattr(stream, "__iter__")


async def test_an_object_that_is_awaited_and_then_read_is_both(hook):
    class Manager(AsyncStream):
        def __await__(self):
            return coroutine("awaited").__await__()

    assert await observed(Manager)() == "awaited"


async def test_a_future_comes_back_itself_and_ends_the_attempt(hook):
    future = asyncio.get_running_loop().create_future()
    assert observed(lambda: future)() is future
    future.set_result("late")
    assert await future == "late"
    await asyncio.sleep(0)
    assert only(hook) == Outcome()


@pytest.mark.parametrize(("error", "cancelled"), [(BOOM, False), (None, True)])
def test_a_thread_future_ends_the_attempt_as_it_ended(error, cancelled, hook):
    future: concurrent.futures.Future = concurrent.futures.Future()
    assert observed(lambda: future)() is future
    if cancelled:
        future.cancel()
    else:
        future.set_exception(error)
    assert only(hook) == Outcome(error=error, cancelled=cancelled)


async def test_a_stream_read_in_worker_threads_is_one_attempt(hook):
    stream = await asyncio.to_thread(observed(generator))
    chunks = [await asyncio.to_thread(next, stream, None) for _ in range(4)]
    assert chunks == ["a", "b", "c", None]
    assert only(hook) == Outcome(streamed=True, chunks=3)


# what stands in for a function


def make_near_request(messages, model="llama", *, stream=False):
    """Ask Near."""
    return "answer"


def test_a_stand_in_still_looks_like_its_function():
    function = observed(make_near_request)
    assert inspect.isfunction(function)
    assert inspect.signature(function) == inspect.signature(make_near_request)
    assert (function.__name__, function.__doc__, function.__module__) == ("make_near_request", "Ask Near.", __name__)
    assert function == make_near_request
    assert hash(function) == hash(make_near_request)
    assert repr(function) == repr(make_near_request)
    assert "__code__" in dir(function)


@pytest.mark.parametrize("function", [coroutine, async_generator, generator, make_near_request])
@pytest.mark.parametrize("ask", [inspect.iscoroutinefunction, inspect.isasyncgenfunction, inspect.isgeneratorfunction])
def test_a_stand_in_is_of_the_kind_of_its_function(ask, function):
    assert ask(observed(function)) == ask(function)


def test_a_stand_in_for_a_partial_or_a_bound_method_works(hook):
    assert observed(functools.partial(make_near_request, "hi"))() == "answer"
    assert observed(Stream(["x"]).__next__)() == "x"
    assert len(hook.outcomes) == 2


def test_attributes_set_on_a_stand_in_reach_the_function():
    def function():
        return None

    observed(function).mark = 1
    assert function.mark == 1
    del observed(function).mark
    assert not hasattr(function, "mark")


def test_a_stand_in_in_a_class_is_a_method_as_its_function_was(hook):
    class Client:
        ask = observed(lambda self: self)
        plain = observed(functools.partial(str, "x"))

    client = Client()
    assert client.ask() is client
    assert client.plain() == "x"


@pytest.mark.parametrize(("value", "expected"), [(len, True), (int, False), (None, False), ("x", False)])
def test_a_class_and_what_cannot_be_called_are_not_observed(value, expected):
    assert observable(value) is expected


def test_what_is_behind_a_stand_in_can_be_had():
    assert unobserved(observed(make_near_request)) is make_near_request
    assert unobserved(make_near_request) is make_near_request


# failing hooks


class Failing(RecordingHook):
    """Fails at one place, and would be told of everything."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def _fail(self, place):
        if place == self.place:
            raise RuntimeError(f"hook failed in {place}")

    def started(self, attempt):
        self._fail("started")
        return super().started(attempt)

    def first_chunk(self, token):
        self._fail("first_chunk")
        super().first_chunk(token)

    def chunk(self, token):
        self._fail("chunk")
        super().chunk(token)

    def ended(self, token, outcome):
        self._fail("ended")
        super().ended(token, outcome)


@pytest.mark.parametrize("place", ["started", "first_chunk", "chunk", "ended"])
async def test_a_failing_hook_breaks_no_call_and_no_other_hook(place, hook):
    with Failing(place):
        assert list(observed(generator)()) == ["a", "b", "c"]
        assert [chunk async for chunk in observed(async_generator)()] == ["a", "b", "c"]
        assert await observed(coroutine)() == "answer"
    assert sorted(outcome.chunks for outcome in hook.outcomes.values()) == [0, 3, 3]


def test_a_hook_whose_start_failed_hears_nothing_more():
    with Failing("started") as failing:
        list(observed(generator)())
    assert (failing.firsts, failing.outcomes) == ([], {})


def test_a_hook_that_leaves_hears_the_end_of_what_it_saw_start():
    with RecordingHook() as leaving:
        stream = observed(generator)()
    assert list(stream) == ["a", "b", "c"]
    assert only(leaving).chunks == 3


def test_a_hook_without_chunks_is_told_the_first_and_the_end():
    from cutover_registry import add_hook, remove_hook

    class Small:
        def __init__(self):
            self.told = []

        def started(self, attempt):
            return "token"

        def first_chunk(self, token):
            self.told.append(token)

        def ended(self, token, outcome):
            self.told.append(outcome.chunks)

    small = Small()
    add_hook(small)
    list(observed(generator)())
    remove_hook(small)
    assert small.told == ["token", 3]


def test_the_recording_hook_refuses_a_second_end_and_a_foreign_token():
    recording = RecordingHook()
    token = recording.started(ABOUT)
    recording.ended(token, Outcome())
    with pytest.raises(ValueError, match="attempt 0 ended twice"):
        recording.ended(token, Outcome())
    with pytest.raises(TypeError, match="'x' is no token of this hook; pass back what started gave"):
        recording.first_chunk("x")
