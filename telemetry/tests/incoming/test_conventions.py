"""One call, told in each convention that was met in the wild, gives the same attempt."""

import pytest

from cutover_telemetry import RouteOutcome
from cutover_telemetry.incoming import Reading, records_of

CONVENTIONS = {
    "1.41": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.usage.cache_read.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.02,
    },
    "1.26": {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "m-1",
        "gen_ai.usage.prompt_tokens": 5,
        "gen_ai.usage.completion_tokens": 3,
        "gen_ai.usage.cache_read_input_tokens": 2,
        "gen_ai.usage.reasoning_tokens": 1,
        "llm.is_streaming": "True",
        "gen_ai.server.time_to_first_token": 0.02,
    },
    "both at once": {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "az.old",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m-1",
        "gen_ai.response.model": "m-1-2026",
        "gen_ai.usage.prompt_tokens": 500,
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.usage.cache_read.input_tokens": 2,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.02,
    },
    "openllmetry, before gen_ai": {
        "llm.request.type": "chat",
        "llm.vendor": "OpenAI",
        "llm.request.model": "m-1",
        "llm.usage.prompt_tokens": 5,
        "llm.usage.completion_tokens": 3,
        "gen_ai.usage.cache_read_input_tokens": 2,
        "llm.usage.reasoning_tokens": 1,
        "gen_ai.is_streaming": True,
        "gen_ai.response.time_to_first_chunk": 0.02,
    },
    "openinference": {
        "openinference.span.kind": "LLM",
        "llm.system": "openai",
        "llm.model_name": "m-1",
        "llm.token_count.prompt": 5,
        "llm.token_count.completion": 3,
        "llm.token_count.prompt_details.cache_read": 2,
        "llm.token_count.completion_details.reasoning": 1,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": 0.02,
    },
}
NO_CALLS = {
    "embeddings": {"gen_ai.operation.name": "embeddings", "gen_ai.system": "openai", "gen_ai.request.model": "e-1"},
    "an agent": {"gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai"},
    "a tool": {"gen_ai.operation.name": "execute_tool", "gen_ai.provider.name": "openai"},
    "a chain": {"openinference.span.kind": "CHAIN", "llm.model_name": "m-1"},
    "a reranker": {"llm.request.type": "rerank", "llm.vendor": "Cohere", "llm.request.model": "r-1"},
    "a database": {"db.system.name": "postgresql", "server.address": "db"},
    "an http client": {"http.request.method": "POST", "http.response.status_code": 500},
    "a provider without a model": {"gen_ai.system": "openai"},
}


@pytest.fixture(params=CONVENTIONS)
def attributes(request):
    return CONVENTIONS[request.param]


def test_a_call_is_read_in_every_convention(service, attributes):
    service.call(0, 100, attributes=attributes)
    (attempt,) = records_of(service.request())
    assert (attempt.provider, attempt.model, attempt.slot) == ("openai", "m-1", "chat")
    assert (attempt.input_tokens, attempt.output_tokens) == (5, 3)
    assert (attempt.cached_tokens, attempt.reasoning_tokens) == (2, 1)
    assert attempt.streamed
    assert (attempt.seconds, attempt.seconds_to_first_chunk) == (0.1, 0.02)
    assert attempt.answered


@pytest.mark.parametrize("kind", NO_CALLS)
def test_what_is_no_call_of_a_model_is_no_attempt(service, kind):
    route = service.route(100)
    service.call(0, 50, parent=route, attributes=NO_CALLS[kind])
    route.finish()
    assert records_of(service.request()) == ()


def test_a_server_span_is_the_route_of_the_calls_below_it_however_deep(service):
    route = service.route(300, attributes={"http.request.method": "POST", "http.route": "/v1/chat/completions"})
    work = service.span("work", 5, 290, parent=route)
    service.call(10, 110, parent=work, failed=True, attributes={"gen_ai.system": "near", "gen_ai.request.model": "m-1"})
    service.call(120, 280, parent=work, attributes={"gen_ai.system": "groq", "gen_ai.request.model": "m-1"})
    work.finish()
    route.finish()
    (record,) = records_of(service.request())
    assert record.name == "POST /v1/chat/completions"
    assert [(each.provider, each.number) for each in record.attempts] == [("near", 1), ("groq", 2)]
    assert record.outcome is RouteOutcome.FAILED_OVER
    assert record.seconds == 0.3
    assert record.time_lost == 0.1
    assert len(record.trace_id) == 32


def test_without_a_server_span_the_topmost_span_that_came_is_the_route(service):
    work = service.span("nightly job", 0, 100)
    service.call(10, 50, parent=work, attributes=CONVENTIONS["1.41"])
    work.finish()
    (record,) = records_of(service.request())
    assert (record.name, len(record.attempts)) == ("nightly job", 1)


def test_a_call_whose_parent_did_not_come_stands_alone(service):
    route = service.route(100)
    service.call(10, 50, parent=route, attributes=CONVENTIONS["1.41"])
    (attempt,) = records_of(service.request())
    assert attempt.number is None


def test_of_calls_within_calls_the_innermost_count(service):
    route = service.route(300)
    outer = service.span("litellm", 5, 290, parent=route, attributes=CONVENTIONS["1.41"])
    for start in (10, 150):
        service.call(start, start + 100, parent=outer, attributes=CONVENTIONS["1.41"])
    outer.finish()
    route.finish()
    (record,) = records_of(service.request())
    assert [each.seconds for each in record.attempts] == [0.1, 0.1]


def test_what_the_inner_span_of_one_call_does_not_say_the_outer_one_may(service):
    outer = service.span("litellm", 0, 100, attributes=CONVENTIONS["1.41"])
    service.call(5, 95, parent=outer, attributes={"gen_ai.system": "groq", "gen_ai.request.model": "m-1"})
    outer.finish()
    (attempt,) = records_of(service.request())
    assert (attempt.provider, attempt.seconds, attempt.output_tokens) == ("groq", 0.09, 3)


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"error.type": "TimeoutError"}, "TimeoutError"),
        ({"error.type": "RateLimitError", "http.response.status_code": 429}, "429"),
        ({"error.type": "InternalServerError", "error.code": "503"}, "503"),
        ({"error.type": "X", "http.response.status_code": 200}, "X"),
        ({}, "_OTHER"),
    ],
)
def test_an_error_is_its_status_or_its_class_and_never_its_text(service, attributes, error):
    service.call(0, 9, failed=True, attributes={**CONVENTIONS["1.41"], **attributes})
    (attempt,) = records_of(service.request())
    assert attempt.error_type == error
    assert "not to be read" not in str(attempt)


def test_a_failure_is_told_by_its_class_also_where_the_status_stays_unset(service):
    service.call(0, 9, attributes={**CONVENTIONS["1.41"], "error.type": "TimeoutError"})
    (attempt,) = records_of(service.request())
    assert attempt.failed


def test_chunk_events_tell_of_a_stream_unless_some_were_dropped(service):
    told = {"gen_ai.system": "openai", "gen_ai.request.model": "m-1"}
    chunks = [("gen_ai.content.completion.chunk", at, {}) for at in (20, 30, 90)]
    service.call(0, 100, attributes=told, events=chunks)
    (attempt,) = records_of(service.request())
    assert (attempt.streamed, attempt.chunks, attempt.seconds_to_first_chunk) == (True, 3, 0.02)
    assert attempt.longest_gap == 60_000_000
    cut = service.request()
    cut.resource_spans[0].scope_spans[0].spans[0].dropped_events_count = 7
    (attempt,) = records_of(cut)
    assert (attempt.streamed, attempt.chunks, attempt.last_chunk) == (True, None, None)
    assert attempt.seconds_to_first_chunk == 0.02


@pytest.mark.parametrize(
    ("said", "address", "provider"),
    [
        ("openai", {"server.address": "api.together.xyz"}, "together"),
        ("openai", {"gen_ai.openai.api_base": "https://openrouter.ai/api/v1/"}, "openrouter"),
        ("openai", {"server.address": "api.openai.com"}, "openai"),
        ("openai", {"server.address": "[not a host"}, "openai"),
        ("openai", {}, "openai"),
        ("groq", {"server.address": "api.together.xyz"}, "groq"),
        ("x_ai", {}, "xai"),
    ],
)
def test_a_provider_is_found_by_the_name_it_was_told_or_by_its_address(service, said, address, provider):
    service.call(0, 9, attributes={"gen_ai.system": said, "gen_ai.request.model": "m-1", **address})
    (attempt,) = records_of(service.request(), Reading(names={"x_ai": "xai"}))
    assert attempt.provider == provider


def test_the_arm_is_what_the_span_says_or_the_resource_or_the_receiver(make_service):
    plain = make_service()
    plain.call(0, 9, attributes=CONVENTIONS["1.41"])
    named = make_service(**{"cutover.arm": "registry", "service.name": "new gateway"})
    named.call(0, 9, attributes=CONVENTIONS["1.41"])
    assert [each.arm for each in records_of(plain.request())] == ["legacy"]
    assert [each.arm for each in records_of(plain.request(), Reading(arm="candidate"))] == ["candidate"]
    (attempt,) = records_of(named.request(), Reading(arm="candidate"))
    assert (attempt.arm, attempt.site) == ("registry", "new gateway")
