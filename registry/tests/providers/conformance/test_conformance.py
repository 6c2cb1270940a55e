"""Every known provider: asked as its documentation says, and its answers and errors read in the common form."""

import copy
import json
import traceback

import pytest

from cutover_registry.providers import NotConfigured, ProviderCallError, ProviderClient, ProviderFailed, specs

CALL = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


def test_every_provider_has_a_page_here_and_an_entry_there(documented):
    assert sorted(documented) == sorted(specs())
    assert len(documented) == 22


def test_a_completion_is_asked_for_and_read(bench):
    bench.gives({"text": "hello"})
    found = bench.call(temperature=0.5, max_tokens=64)
    assert (found.text, found.reason) == ("hello", "stop")
    expected = {"model": bench.documented.model["sent"], "messages": [{"role": "user", "content": "hi"}]}
    expected |= {"temperature": 0.5, "max_tokens": 64}
    if bench.streams:
        expected["stream"] = True
        if bench.documented.asks_for_usage:
            expected["stream_options"] = {"include_usage": True}
    assert bench.body == expected


def test_tools_go_out_and_their_calls_come_back(bench):
    bench.gives({"text": "", "calls": [CALL], "reason": "tool_calls"})
    function = {"name": "weather", "parameters": {"type": "object"}, "strict": True}
    tools = [{"type": "function", "function": function}]
    given = copy.deepcopy(tools)
    found = bench.call(tools=tools, tool_choice="auto")
    (call,) = found.tool_calls
    assert {name: call[name] for name in CALL} == CALL
    assert found.reason == "tool_calls"
    sent = bench.body["tools"][0]["function"]
    assert sent == ({k: v for k, v in function.items() if k != "strict"} if bench.documented.plain_tools else function)
    assert (bench.body["tool_choice"], tools) == ("auto", given)


def test_the_answer_to_a_tool_call_goes_out_as_given(bench):
    bench.gives({"text": "cold"})
    messages = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "t1", "content": "-4"},
    ]
    assert bench.call(messages, bench.documented.model["asked"]).text == "cold"
    assert bench.body["messages"] == messages


@pytest.mark.parametrize("apart", [True, False], ids=["after the last chunk", "in the last chunk"])
def test_usage_is_read(bench, apart):
    bench.gives({"usage": USAGE, "usage_apart": apart})
    assert bench.call().usage == USAGE


def test_finish_reasons_are_the_common_words(bench):
    common = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "content_filter"}
    for theirs, ours in (common | bench.documented.reasons).items():
        bench.gives({"reason": theirs})
        assert bench.call().reason == ours


def test_images_go_out_as_parts(bench):
    bench.gives({"text": "a cat"})
    image = {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}
    parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": image}]
    messages = [{"role": "system", "content": "be brief"}, {"role": "user", "content": parts}]
    given = copy.deepcopy(messages)
    assert bench.call(messages, bench.documented.model["asked"]).text == "a cat"
    expected = copy.deepcopy(given)
    if bench.documented.plain_images:
        del expected[1]["content"][1]["image_url"]["detail"]
    assert (bench.body["messages"], messages) == (expected, given)


def test_names_of_speakers_go_out_unless_they_are_refused(bench):
    bench.gives({})
    messages = [{"role": "user", "name": "ada", "content": "hi"}]
    bench.call(messages, bench.documented.model["asked"])
    expected = [{"role": "user", "content": "hi"}] if bench.documented.nameless else messages
    assert bench.body["messages"] == expected


def test_what_is_refused_there_is_left_out_and_what_is_called_otherwise_renamed(bench):
    bench.gives({})
    renamed = dict.fromkeys(bench.documented.renamed, 9)
    bench.call(top_p=0.9, **bench.documented.dropped, **renamed)
    assert bench.body["top_p"] == 0.9
    assert {theirs: bench.body[theirs] for theirs in bench.documented.renamed.values()} == dict.fromkeys(
        bench.documented.renamed.values(), 9
    )
    assert not set(bench.documented.renamed) & set(bench.body)


def test_fields_of_its_own_are_kept(bench):
    bench.gives({})
    whole = bench.call().whole[-1]
    assert {name: whole[name] for name in bench.documented.extra} == bench.documented.extra


def test_errors_have_their_kind_message_and_code(bench, the_key):
    for told in bench.documented.errors:
        bench.refuses(told["status"], told["body"], "Retry-After: 3")
        with pytest.raises(ProviderCallError) as caught:
            bench.call()
        error = caught.value
        assert type(error).__name__ == told["kind"]
        assert str(error) == f"{bench.name}: answered with status {told['status']}: {told['message']}"
        assert (error.status_code, error.code, error.retry_after) == (told["status"], told["code"], 3.0)
        assert (error.provider, error.model) == (bench.name, bench.documented.model["asked"])
        assert the_key not in "".join(traceback.format_exception(error))


def test_an_error_that_repeats_the_key_does_not_show_it(bench, the_key):
    told = bench.documented.errors[0]
    sent = bench.wire.answer(
        json.dumps(told["body"]).replace(told["message"].split(": ")[-1], f"key {the_key} is wrong").encode(),
        status=told["status"],
    )
    assert the_key.encode() in sent
    bench.gives_bytes(sent)
    with pytest.raises(ProviderCallError) as caught:
        bench.call()
    assert the_key not in str(caught.value) + repr(vars(caught.value))


# ---- without a call


def test_the_documented_url_is_asked(name, documented):
    page = documented[name]
    client = ProviderClient(specs()[name], environment={page.key: "k", **page.settings})
    assert client._url(client.spec.chat_path) == page.chat
    if page.models is not None:
        assert client._url(client.spec.models_path) == page.models
    assert client.is_configured()


def test_models_are_listed(name, bench_of, documented, the_key):
    bench, page = bench_of(name), documented[name]
    if page.models is None:
        with pytest.raises(LookupError, match=f"{name} has no list of models"):
            bench.client.models()
        return
    bench.server.answers(bench.wire.answer(page.listed["body"]))
    assert bench.client.models() == page.listed["names"]
    (asked,) = bench.server.asked
    page_path = page.models.removeprefix("https://").partition("/")[2]
    assert (asked.method, asked.path, asked.body) == ("GET", f"/{page_path}", b"")
    assert asked.headers["authorization"] == f"Bearer {the_key}"


def test_without_its_variables_a_provider_says_which_it_needs(name, documented):
    page = documented[name]
    lacking = ProviderClient(specs()[name], environment=page.settings)
    assert not lacking.is_configured()
    with pytest.raises(NotConfigured, match=page.key) as caught:
        lacking.chat([], "m")
    assert page.key in caught.value.names
    for variable in page.settings:
        rest = {key: value for key, value in page.settings.items() if key != variable}
        client = ProviderClient(specs()[name], environment={page.key: "k", **rest})
        if variable != "GOOGLE_VERTEX_LOCATION":
            with pytest.raises(NotConfigured, match=variable):
                client.chat([], "m")


def test_an_entry_says_where_it_is_described_or_that_nothing_was_found(name):
    spec = specs()[name]
    said = any("no documentation was found" in line for line in spec.deviations)
    assert (spec.documentation is None) == said
    assert said or spec.documentation.startswith("https://")


def test_what_an_entry_leaves_out_and_renames_is_what_its_page_refuses(name, documented):
    spec, page = specs()[name], documented[name]
    assert (set(spec.unsupported), dict(spec.renamed)) == (set(page.dropped), page.renamed)
    assert ("usage_in_stream" in spec.capabilities) == page.asks_for_usage
    assert ("models" in spec.capabilities) == (page.models is not None)


# ---- what one provider alone does


@pytest.mark.parametrize("form", ["chat", "chat_async"])
@pytest.mark.parametrize("held_by", ["answer", "choice"])
def test_openrouter_tells_an_error_under_status_200(bench_of, form, held_by):
    bench = bench_of("openrouter", form)
    error = {"code": 502, "message": "Provider disconnected"}
    choice = {"index": 0, "message": {"content": "par"}, "finish_reason": "error"}
    body = {"error": error, "choices": [choice]} if held_by == "answer" else {"choices": [{**choice, "error": error}]}
    bench.gives_bytes(bench.wire.answer(body))
    with pytest.raises(ProviderFailed, match="openrouter: answered with status 502: Provider disconnected"):
        bench.call()


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_openrouter_tells_an_error_in_the_middle_of_a_stream(bench_of, form):
    bench = bench_of("openrouter", form)
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    chunk = {"id": "c1", "error": {"code": "server_error", "message": "Disconnected"}, "choices": [choice]}
    bench.gives_bytes(bench.wire.head() + bench.wire.event(bench.wire.chunk("par")) + bench.wire.event(chunk))
    with pytest.raises(ProviderFailed, match="answered with status 502: Disconnected"):
        bench.call()


def test_an_error_of_null_is_none(bench_of):
    bench = bench_of("openrouter")
    bench.gives_bytes(bench.wire.answer({**bench.wire.completion, "error": None}))
    assert bench.call().text == "hello"


@pytest.mark.parametrize("form", ["stream", "stream_async"])
def test_groq_s_usage_may_stand_in_its_own_field(bench_of, form):
    bench = bench_of("groq", form)
    last = {**bench.wire.chunk(finish="stop"), "x_groq": {"id": "r", "usage": USAGE}}
    bench.gives_bytes(bench.wire.head() + bench.wire.event(last) + bench.wire.event(b"[DONE]"))
    assert bench.call().usage == USAGE


def test_cloudflare_s_envelope_of_failure_under_status_200_is_an_error(bench_of):
    bench = bench_of("cloudflare-workers-ai")
    body = {"success": False, "errors": [{"code": 7009, "message": "Upstream unavailable"}], "result": None}
    bench.gives_bytes(bench.wire.answer(body))
    with pytest.raises(ProviderFailed, match="Upstream unavailable"):
        bench.call()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("", "dashscope-intl.aliyuncs.com"),
        ("Virginia", "dashscope-us.aliyuncs.com"),
        ("beijing", "dashscope.aliyuncs.com"),
        ("hongkong", "cn-hongkong.dashscope.aliyuncs.com"),
        ("dashscope-finance.aliyuncs.com", "dashscope-finance.aliyuncs.com"),
    ],
)
def test_alibaba_s_region_chooses_the_host(region, host):
    environment = {"DASHSCOPE_API_KEY": "k", "DASHSCOPE_REGION": region}
    client = ProviderClient(specs()["alibaba-cloud"], environment=environment)
    assert client._url("") == f"https://{host}/compatible-mode/v1"


@pytest.mark.parametrize(
    "model",
    ["https://clarifai.com/openai/chat-completion/models/gpt-4o", "gpt-4o", "openai.chat-completion.gpt-oss-20b"],
)
def test_clarifai_s_other_names_are_left_alone(model):
    body = specs()["clarifai"].dialect.body({"model": model})
    assert body == {"model": model}


@pytest.mark.parametrize(
    "value", ["evil.example/x?", "a b", "a@evil.example", "../x", "a#b", "[::1]", "\u00e9.example"]
)
@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("cloudflare-workers-ai", "CLOUDFLARE_ACCOUNT_ID"),
        ("google-vertex", "GOOGLE_VERTEX_PROJECT"),
        ("google-vertex", "GOOGLE_VERTEX_LOCATION"),
        ("alibaba-cloud", "DASHSCOPE_REGION"),
        ("alpaca-network", "ALPACA_NETWORK_HOST"),
    ],
)
def test_a_setting_that_would_change_the_url_is_refused(name, variable, value, documented):
    page = documented[name]
    client = ProviderClient(specs()[name], environment={page.key: "k", **page.settings, variable: value})
    assert not client.is_configured()
    told = f"{name}: not configured; {variable} is to stand in a URL and may have letters, digits and . _ : - alone"
    with pytest.raises(NotConfigured) as caught:
        client.chat([], "m")
    assert str(caught.value) == told
