"""Stubs that stand for provider functions: alike in kind, deterministic in what they give, exact in what they note."""

import asyncio
import copy
import dataclasses
import enum
import functools
import inspect
import json
import sys
import types
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from cutover_parity import Script, Step
from cutover_parity.arms._answers import ModelAnswer
from cutover_parity.arms._call_stubs import Callee, stub_for
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.arms._shape import shape_of
from cutover_parity.arms._stub_places import install_call_stubs
from cutover_parity.compare._render import render

CALLEE = Callee("m", "make_near", "near", "make_request")


def plain(messages, model): ...


async def coroutine(messages, model): ...


def generator(messages, model):
    yield {"a": 1}


async def async_generator(messages, model):
    yield {"a": 1}


def hands_on(messages, model):
    return generator(messages, model)


async def awaits_and_hands_on(messages, model):
    return async_generator(messages, model)


def annotated(messages, model) -> Iterator[dict]: ...


def annotated_async(messages, model) -> AsyncIterator[dict]: ...


def lines(url):
    with httpx.stream("GET", url) as response:
        for line in response.iter_lines():
            yield line + "\n"


def events(items):
    for item in items:
        yield f"data: {item}\n\n"


def wire(response):
    for piece in response.iter_bytes():  # noqa: UP028
        yield piece


def encoded(items):
    yield from events(items)
    yield b"x"


def make_stream(): ...


@functools.wraps(coroutine)
def hands_coroutine_on(*args):
    return coroutine(*args)


@functools.wraps(coroutine)
def runs_coroutine(*args):
    return asyncio.run(coroutine(*args))


class Callable:
    async def __call__(self, messages): ...


@pytest.fixture
def log():
    entry = RouteLog("case", Script(), None)
    token = LOG.set(entry)
    yield entry
    LOG.reset(token)


@pytest.mark.parametrize(
    ("original", "kind", "stream", "asynchronous", "item"),
    [
        (plain, "sync", False, False, "object"),
        (coroutine, "coroutine", False, True, "object"),
        (generator, "generator", True, False, "object"),
        (async_generator, "async generator", True, True, "object"),
        (hands_on, "sync", True, False, "object"),
        (awaits_and_hands_on, "coroutine", True, True, "object"),
        (annotated, "sync", True, False, "object"),
        (annotated_async, "sync", True, True, "object"),
        (lines, "generator", True, False, "text"),
        (events, "generator", True, False, "text"),
        (wire, "generator", True, False, "bytes"),
        (encoded, "generator", True, False, "bytes"),
        (make_stream, "sync", True, False, "object"),
        (functools.partial(coroutine, []), "coroutine", False, True, "object"),
        (Callable(), "coroutine", False, True, "object"),
        (hands_coroutine_on, "coroutine", False, True, "object"),
        (runs_coroutine, "sync", False, False, "object"),
        (len, "sync", False, False, "object"),
        (None, "sync", False, False, "object"),
    ],
)
def test_the_shape_is_read_off_the_function(original, kind, stream, asynchronous, item):
    shape = shape_of(original, getattr(original, "__name__", "f"))
    assert (shape.kind, shape.stream, shape.asynchronous, shape.item) == (kind, stream, asynchronous, item)


@pytest.mark.parametrize("original", [plain, coroutine, generator, async_generator])
def test_a_stub_is_of_the_kind_of_its_original(original):
    stub = stub_for(original, CALLEE)
    for is_kind in (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction):
        assert is_kind(stub) == is_kind(original)
    assert stub.__name__ == original.__name__
    assert inspect.signature(stub) == inspect.signature(original)


def test_a_call_is_noted_with_arguments_and_place(log):
    stub_for(plain, CALLEE)(["hi"], "m", temperature=0)
    assert log.calls == [
        {
            "provider": "near",
            "slot": "make_request",
            "function": "make_near",
            "module": "m",
            "bound": "name",
            "args": [["hi"], "m"],
            "kwargs": {"temperature": 0},
            "on": "worker thread",
            "outcome": "answer",
        }
    ]


async def test_the_event_loop_and_worker_threads_are_told_apart(log):
    await stub_for(coroutine, CALLEE)([], "m")
    await asyncio.to_thread(stub_for(plain, CALLEE), [], "m")
    stub_for(plain, CALLEE)([], "m")
    assert [call["on"] for call in log.calls] == ["event loop", "worker thread", "event loop"]


def test_an_answer_depends_on_who_was_called_with_what(log):
    near, groq = stub_for(plain, CALLEE), stub_for(plain, dataclasses.replace(CALLEE, provider="groq"))
    texts = [stub([text], "m").text for stub in (near, groq) for text in ("a", "b", "a")]
    assert texts[0] == texts[2]
    assert len(set(texts)) == 4


def test_an_answer_works_as_a_dict_by_attribute_and_as_a_response(log):
    answer = stub_for(plain, CALLEE)([], "gpt")
    assert answer["choices"][0]["message"]["content"] == answer.choices[0].message.content
    assert answer.model == "gpt"
    assert answer.usage.total_tokens == 12
    assert answer.json() == answer.model_dump() == answer.dict() == answer.to_dict() == json.loads(answer.content)
    assert answer.raise_for_status().status_code == 200
    assert json.loads(answer.model_dump_json()) == answer
    assert copy.deepcopy(answer) == answer
    with pytest.raises(AttributeError, match="the answer has no field 'nothing'; it has id, object"):
        _ = answer.nothing


def test_sync_streams_can_be_iterated_closed_and_used_as_contexts(log):
    stub = stub_for(hands_on, CALLEE)
    with stub([], "m") as stream:
        first = next(stream)
        assert first["choices"][0]["delta"]["content"] == first.choices[0].delta.content
    assert list(stream) == []
    assert len(list(stub([], "m"))) == 3
    assert [call["taken"] for call in log.calls] == [1, 3]


async def test_async_streams_can_be_iterated_closed_and_used_as_contexts(log):
    stub = stub_for(awaits_and_hands_on, CALLEE)
    async with await stub([], "m") as stream:
        assert (await anext(stream)).object == "chat.completion.chunk"
    assert [item async for item in stream] == []
    assert [item["choices"][0]["finish_reason"] async for item in stub_for(async_generator, CALLEE)([], "m")] == [
        None,
        None,
        "stop",
    ]


@pytest.mark.parametrize(("original", "kind"), [(events, str), (wire, bytes), (generator, ModelAnswer)])
def test_stream_items_are_of_the_kind_that_the_original_yields(log, original, kind):
    assert {type(item) for item in stub_for(original, CALLEE)([])} == {kind}


@pytest.mark.parametrize("call", [{"stream": True}, {"payload": {"stream": True}}])
def test_a_call_that_asks_for_a_stream_gets_one(log, call):
    assert len(list(stub_for(plain, CALLEE)(**call))) == 3


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (Step("status", 503), httpx.HTTPStatusError),
        (Step("timeout"), httpx.TimeoutException),
        (Step("connect"), httpx.ConnectError),
        (Step("value"), ValueError),
        (Step("cut", 1), httpx.RemoteProtocolError),
    ],
)
def test_a_stub_fails_as_its_script_says_and_answers_after(log, step, error):
    log.script = Script((step,))
    stub = stub_for(plain, CALLEE)
    with pytest.raises(error, match="scripted"):
        stub([], "m")
    assert stub([], "m").object == "chat.completion"
    assert [call["outcome"] for call in log.calls] == [str(step), "answer"]


def test_a_cut_stream_gives_its_chunks_first(log):
    log.script = Script((Step("cut", 2),))
    stream = stub_for(generator, CALLEE)([], "m")
    assert [next(stream)["object"] for _ in range(2)] == ["chat.completion.chunk"] * 2
    with pytest.raises(httpx.RemoteProtocolError, match="cut after 2 chunks"):
        next(stream)
    assert log.calls[0]["taken"] == 2


def test_a_malformed_answer_has_none_of_the_fields(log):
    log.script = Script(rest=Step("malformed"))
    assert list(stub_for(plain, CALLEE)([], "m")) == ["malformed"]
    assert [list(item) for item in stub_for(generator, CALLEE)([], "m")] == [["malformed"]] * 3


def test_outside_a_route_a_stub_answers_without_being_noted():
    assert stub_for(plain, CALLEE)([], "m").object == "chat.completion"


@pytest.fixture
def module(monkeypatch):
    client = types.ModuleType("stub_client")
    client.make = plain
    module = types.ModuleType("stub_routes")
    module.__file__, module.make_near, module.client = "/tree/stub_routes.py", plain, client
    twin = types.ModuleType("twin")
    twin.__file__, twin.make_near = module.__file__, plain
    for entry in (client, module, twin):
        monkeypatch.setitem(sys.modules, entry.__name__, entry)
    return module


def test_callees_are_replaced_in_globals_behind_attributes_and_in_other_modules(module):
    callees = ["make_near", "client.make as near", "stub_client:make"]
    entry = {"provider": "near", "slot": "make"}
    early = module.make_near
    assert install_call_stubs({"stub_routes": dict.fromkeys(callees, entry)}) == []
    assert module.make_near is not early
    assert sys.modules["twin"].make_near is not early
    assert module.client.make is not plain
    assert early is plain


def test_a_class_becomes_objects_whose_methods_are_stubs(log):
    class Client:
        def __init__(self, key): ...

        async def ask(self, messages): ...

    client = stub_for(Client, CALLEE)("k")
    assert asyncio.run(client.ask(["hi"])).object == "chat.completion"
    made = {"<cutover_parity.arms._call_stubs.StubObject>": {"made_with": {"<tuple>": [{"<tuple>": ["k"]}, {}]}}}
    assert log.calls[0]["args"] == [made, ["hi"]]
    assert log.calls[0]["function"] == "make_near.ask"
    with pytest.raises(AttributeError):
        client.no_such_method()


def test_callees_that_are_not_there_are_named(module):
    module.nothing = None
    entry = {"provider": "near", "slot": "make"}
    assert install_call_stubs(
        {"stub_routes": {"gone": entry, "client.gone": entry, "nothing": entry}, "no_module": {"f": entry}}
    ) == ["stub_routes: gone, client.gone, nothing", "no_module: f"]


class Colour(enum.Enum):
    RED = 1


class Named(str): ...


class Bag:
    def __init__(self, **fields):
        self.__dict__.update(fields)


class Slotted:
    __slots__ = ()


class Told:
    __slots__ = ()

    def __repr__(self):
        return f"<Told at 0x{id(self):x}>"


@dataclasses.dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float("nan"), "<float nan>"),
        ({"b": 1, "a": (1, 2)}, {"a": {"<tuple>": [1, 2]}, "b": 1}),
        ({1: "x"}, {"1": "x"}),
        ({"y", "x"}, {"<set>": ["x", "y"]}),
        (b"ab", {"<bytes>": "ab"}),
        (ValueError("no"), "<ValueError: no>"),
        (datetime(2020, 1, 2, tzinfo=UTC), "<datetime.datetime 2020-01-02 00:00:00+00:00>"),
        (Path("/a"), "<pathlib.PosixPath /a>"),
        (len, "<builtins.len>"),
        (int, "<builtins.int>"),
    ],
)
def test_values_are_rendered_the_same_everywhere(value, rendered):
    assert render(value) == rendered
    json.dumps(render(value))


def test_objects_are_rendered_by_type_and_public_fields():
    here = __name__
    assert render(Colour.RED) == f"<{here}.Colour.RED>"
    assert render(Named("x")) == f"<{here}.Named x>"
    assert render(Point(1)) == {f"<{here}.Point>": {"x": 1}}
    assert render(Bag(a=1, _b=2)) == {f"<{here}.Bag>": {"a": 1}}
    assert render(Slotted()) == f"<{here}.Slotted>"
    assert render(Told()) == {f"<{here}.Told>": "<Told>"}
    assert render(ModelAnswer(a=1)) == {"<cutover_parity.arms._answers.ModelAnswer>": {"a": 1}}


def test_an_endless_value_is_cut_off():
    endless = []
    endless.append(endless)
    assert "too deep" in json.dumps(render(endless))


def test_an_answer_that_is_handed_on_is_rendered_by_its_mark(log):
    stub = stub_for(plain, CALLEE)
    answer, stream = stub([], "m"), stub_for(hands_on, CALLEE)([], "m")
    stub(answer, stream)
    assert [list(arg) for arg in log.calls[-1]["args"]] == [["<answer of>"], ["<answer of>"]]
    assert log.calls[-1]["args"][0]["<answer of>"].startswith("near.make_request.")
