"""A client of one provider: what it asks, what it gives, sync and async alike."""

import asyncio
import subprocess
import sys
import threading

import pytest

from cutover_registry import UnknownProvider
from cutover_registry.providers import (
    ModelRule,
    NotConfigured,
    ProviderClient,
    close_all,
    specs,
)
from cutover_registry.providers import (
    client as known_client,
)

HI = [{"role": "user", "content": "hi \u00e9\ud83d"}]


@pytest.fixture(params=["sync", "async"])
def ask(request):
    """Ask a client for a completion, in either form."""

    def ask(client, *args, **options):
        if request.param == "sync":
            return client.chat(*args, **options)
        return asyncio.run(client.chat_async(*args, **options))

    return ask


@pytest.fixture(params=["sync", "async"])
def streamed(request):
    """Take a whole stream of a client, in either form."""

    async def taken(client, *args, **options):
        async with await client.stream_async(*args, **options) as stream:
            return [chunk async for chunk in stream]

    def streamed(client, *args, **options):
        if request.param == "sync":
            with client.stream(*args, **options) as stream:
                return list(stream)
        return asyncio.run(taken(client, *args, **options))

    return streamed


def test_a_completion_is_asked_for_as_openai_has_it(server, client, wire, ask):
    server.answers(wire.answer(wire.completion))
    assert ask(client(), HI, "llama", temperature=0, stop=None) == wire.completion
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.json == {"model": "llama", "messages": HI, "temperature": 0}
    assert asked.headers["authorization"] == "Bearer sk-Wq3tXz9LpV2mN8bK"
    assert asked.headers["content-type"] == "application/json"


def test_tools_come_back_as_they_were_given(server, client, wire, ask):
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": None, "tool_calls": [call]},
        "finish_reason": "tool_calls",
    }
    server.answers(wire.answer({**wire.completion, "choices": [choice]}))
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert ask(client(), HI, "m", tools=tools, tool_choice="auto")["choices"] == [choice]
    assert server.asked[0].json["tools"] == tools


def test_a_stream_gives_its_chunks(server, client, wire, streamed):
    chunks = [
        wire.chunk("hel"),
        wire.chunk("lo"),
        wire.chunk(finish="stop"),
        {"choices": [], "usage": {"total_tokens": 3}},
    ]
    server.answers(wire.head() + b"".join(map(wire.event, chunks)) + wire.event(b"[DONE]"))
    assert streamed(client(capabilities=("stream", "usage_in_stream")), HI, "m") == chunks
    body = server.asked[0].json
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
    assert server.asked[0].headers["accept"] == "text/event-stream"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunks_may_be_cut_anywhere(server, client, wire, streamed, size):
    chunks = [wire.chunk("h\u00e9\U0001f600"), wire.chunk("\u4f60\u597d"), wire.chunk(finish="stop")]
    body = b": ping\r\n\r\n" + b"".join(map(wire.event, chunks)).replace(b"\n\n", b"\r\n\r\n") + wire.event(b"[DONE]")

    def dribble(connection):
        connection.sendall(wire.head())
        for start in range(0, len(body), size):
            connection.sendall(body[start : start + size])

    server.answers(dribble)
    assert streamed(client(), HI, "m") == chunks


def test_a_stream_without_its_last_blank_line_is_whole(server, client, wire, streamed):
    server.answers(
        wire.head() + wire.event(wire.chunk("a")) + b"data: " + wire.event(wire.chunk(finish="stop"))[6:].rstrip()
    )
    assert len(streamed(client(), HI, "m")) == 2


def test_connections_are_kept(server, client, wire):
    near = client()
    server.answers(wire.answer(wire.completion))
    for _ in range(5):
        near.chat(HI, "m")
    assert server.connections == 1


def test_a_loop_keeps_its_connections_and_closes_them_at_its_end(server, client, wire):
    near = client()
    server.answers(wire.answer(wire.completion))

    async def three():
        for _ in range(3):
            await near.chat_async(HI, "m")
        return server.open_connections

    assert [asyncio.run(three()), asyncio.run(three())] == [1, 1]
    assert server.connections == 2
    settled = threading.Event()
    for _ in range(200):
        if server.open_connections == 0:
            break
        settled.wait(0.01)
    assert server.open_connections == 0


async def test_a_client_that_nobody_holds_closes_its_connections(server, spec, wire, transport):
    server.answers(wire.answer(wire.completion))
    near = ProviderClient(spec(), base_url=server.url, key="x", transport=transport)
    assert await near.chat_async(HI, "m") == wire.completion
    del near
    for _ in range(300):
        if server.open_connections == 0:
            break
        await asyncio.sleep(0.01)
    assert server.open_connections == 0


async def test_first_calls_that_come_together_share_their_connections(server, client, wire):
    server.answers(wire.answer(wire.completion))
    near = client()
    assert len(await asyncio.gather(*(near.chat_async(HI, "m") for _ in range(8)))) == 8
    assert len(near._pools._by_loop) == 1


def test_many_threads_share_a_client(server, client, wire):
    near, answers = client(), []
    server.answers(wire.answer(wire.completion))
    threads = [threading.Thread(target=lambda: answers.append(near.chat(HI, "m")["id"])) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["c1"] * 16


def test_what_a_provider_does_not_take_is_left_out_and_renamed(server, client, wire, ask):
    server.answers(wire.answer(wire.completion))
    near = client(
        unsupported=("seed",),
        renamed={"max_tokens": "max_new_tokens"},
        defaults={"temperature": 1, "route": "fast"},
        headers={"x-title": "gateway"},
        auth="x-api-key",
        model=ModelRule(prefix="org/"),
    )
    ask(near, HI, "llama", seed=7, max_tokens=5, temperature=0)
    (asked,) = server.asked
    assert asked.json == {"model": "org/llama", "messages": HI, "temperature": 0, "route": "fast", "max_new_tokens": 5}
    assert (asked.headers["x-title"], asked.headers["x-api-key"]) == ("gateway", "sk-Wq3tXz9LpV2mN8bK")
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("rule", "model", "spelt"),
    [
        (ModelRule(strip="near/"), "near/llama", "llama"),
        (ModelRule(prefix="@cf/"), "@cf/llama", "@cf/llama"),
        (ModelRule(suffix=":free"), "llama", "llama:free"),
        (ModelRule(suffix=":free"), "llama:free", "llama:free"),
        (ModelRule(prefix="google/", unless="/"), "meta/llama", "meta/llama"),
    ],
)
def test_models_are_spelt_by_rule(rule, model, spelt):
    assert rule.apply(model) == spelt


def test_finish_reasons_are_the_common_ones(server, client, wire, ask):
    choices = [{"index": 0, "message": {}, "finish_reason": reason} for reason in ("STOP", "eos", "tool_calls", None)]
    server.answers(wire.answer({**wire.completion, "choices": choices}))
    found = ask(client(finish_reasons={"eos": "stop"}), HI, "m")["choices"]
    assert [choice["finish_reason"] for choice in found] == ["stop", "stop", "tool_calls", None]


def test_the_environment_gives_the_key_at_each_call(server, spec, wire):
    environment = {}
    near = ProviderClient(spec(key_env=("FIRST_KEY", "SECOND_KEY")), base_url=server.url, environment=environment)
    server.answers(wire.answer(wire.completion))
    assert not near.is_configured()
    with pytest.raises(NotConfigured, match="near: not configured; set FIRST_KEY or SECOND_KEY in the environment"):
        near.chat(HI, "m")
    environment["SECOND_KEY"] = "two"
    near.chat(HI, "m")
    environment["FIRST_KEY"] = "one"
    near.chat(HI, "m")
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer two", "Bearer one"]
    near.close()


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"id": "a"}, {"id": "b"}]},
        {"models": [{"name": "a"}, {"name": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        {"data": ["a", "b"]},
    ],
)
def test_models_are_listed(server, client, wire, body):
    server.answers(wire.answer(body))
    assert client().models() == ["a", "b"]
    assert (server.asked[0].method, server.asked[0].path) == ("GET", "/v1/models")


def test_a_key_is_in_no_representation(client, spec):
    near = client()
    assert "sk-Wq3" not in repr(near) + repr(vars(near)["spec"])


def test_the_known_clients_are_shared():
    assert known_client("openrouter") is known_client("openrouter")
    close_all()
    with pytest.raises(UnknownProvider, match="no provider 'openruter'; registered are: openrouter"):
        known_client("openruter")


def test_listing_loads_no_client_library():
    script = "import sys; from cutover_registry.providers import specs, client; specs(); client('openrouter'); "
    script += "print([name for name in ('httpx', 'httpcore', 'aiohttp', 'httpx2', 'ssl') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {"[]", "['ssl']"}


def test_the_transport_may_be_chosen(server, spec, wire):
    server.answers(wire.answer(wire.completion))
    script = "import sys; from cutover_registry.providers import client; print(client('openrouter')._pools._library)"
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, env={"CUTOVER_TRANSPORT": "aiohttp"}, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "aiohttp"
    assert known_client("groq", transport="httpx") is known_client("groq", transport="httpx")
    assert known_client("groq", transport="httpx") is not known_client("groq")
    with pytest.raises(ValueError, match="transport is 'curl'; write httpx, httpx2, aiohttp"):
        known_client("groq", transport="curl")
    with pytest.raises(ValueError, match="CUTOVER_TRANSPORT is 'curl'; write httpx, httpx2, aiohttp"):
        ProviderClient(spec(), environment={"CUTOVER_TRANSPORT": "curl"})


@pytest.mark.parametrize(("there", "taken"), [((), "httpx"), (("httpx2",), "httpx2"), (("httpx",), "httpx")])
def test_without_a_choice_what_is_installed_is_taken(server, client, wire, ask, monkeypatch, there, taken):
    for absent in {"httpx", "httpx2"}.difference(there or ("httpx", "httpx2")):
        monkeypatch.setitem(sys.modules, absent, None)
    server.answers(wire.answer(wire.completion))
    near = client(transport=None)
    assert ask(near, HI, "m") == wire.completion
    assert taken in type(near._pools.transport("http://x")._shards.take().transport).__module__


def test_a_transport_that_is_not_installed_says_what_to_install(client, ask, monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx2", None)
    told = "the transport 'httpx2' needs the package httpx2: pip install httpx2, or choose another"
    with pytest.raises(ModuleNotFoundError, match=told):
        ask(client(transport="httpx2"), HI, "m")


def test_every_spec_is_whole():
    for name, spec in specs().items():
        assert (spec.name, bool(spec.title), bool(spec.key_env)) == (name, True, True)


def test_provider_functions_are_slots(server, client, wire, monkeypatch):
    from cutover_registry import ProviderRegistry, providers

    monkeypatch.setitem(providers._clients, ("openrouter", None), client())
    server.answers(wire.answer(wire.completion))
    module = "cutover_registry.providers.slots"
    slots = {slot: f"{module}:openrouter.{slot}" for slot in ("make_request", "process_response")}
    registry = ProviderRegistry.from_mapping(
        {
            "SITES": {"chat": {"slots": ["make_request", "process_response"]}},
            "PROVIDER_CONFIGS": {"openrouter": {"slots": slots, "sites": ["chat"]}},
        }
    )
    found = registry.site("chat").resolve("openrouter")
    assert found.process_response(found.make_request(HI, "m")) == wire.completion


def test_an_unknown_provider_function_says_who_is_there():
    from cutover_registry.providers import slots

    with pytest.raises(AttributeError, match="has no provider 'nera'; it has: openrouter"):
        slots.nera  # noqa: B018
