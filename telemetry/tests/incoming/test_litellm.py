"""LiteLLM 1.109 as it tells its calls: attributes and spans were read off a run of the real package."""

import pytest
from opentelemetry.trace import SpanKind, Status, StatusCode

from cutover_telemetry import RouteOutcome
from cutover_telemetry.incoming import records_of

FAILURE = {
    "error.code": "503",
    "error.llm_provider": "openai",
    "error.message": "litellm.ServiceUnavailableError: OpenAIException - overloaded",
    "error.type": "ServiceUnavailableError",
    "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "a secret prompt"}]}]',
    "gen_ai.operation.name": "acompletion",
    "gen_ai.request.model": "bad",
    "gen_ai.system": "openai",
    "http.response.status_code": 503,
    "litellm.model_group": "gpt-x",
    "litellm.provider.model": "openai/bad",
    "llm.is_streaming": "False",
    "llm.request.type": "acompletion",
}
SUCCESS = {
    "gen_ai.operation.name": "acompletion",
    "gen_ai.request.model": "good",
    "gen_ai.response.model": "good",
    "gen_ai.system": "openrouter",
    "gen_ai.usage.input_tokens": 5,
    "gen_ai.usage.output_tokens": 3,
    "litellm.model_group": "backup",
    "litellm.provider.model": "openrouter/good",
    "llm.is_streaming": "False",
    "llm.request.type": "acompletion",
}
RAW = {
    "llm.openrouter.messages": "[{'role': 'user', 'content': 'a secret prompt'}]",
    "llm.openrouter.model": "good",
    "llm.openrouter.stream": False,
    "llm.openrouter.usage": "{'prompt_tokens': 5}",
}
EXCEPTION = ("exception", 100, {"exception.type": "litellm.exceptions.ServiceUnavailableError"})


def raw(service, parent, start, end, **changed):
    attributes = {**RAW, **changed}
    inner = {"kind": SpanKind.INTERNAL, "scope": "litellm", "name": "raw_gen_ai_request"}
    service.call(start, end, parent=parent, attributes=attributes, **inner)


@pytest.fixture
def failed_over(service):
    """A failover as the default set-up tells it: all on the server span of somebody else, and one inner span."""

    def tell(*, with_raw=True):
        route = service.route(300, scope="app", events=[EXCEPTION], attributes=FAILURE, failed=True)
        if with_raw:
            raw(service, route, 110, 290)
        route.set_attributes(SUCCESS)
        route.set_status(Status(StatusCode.OK))
        route.finish()
        (record,) = records_of(service.request())
        return record

    return tell


def test_spans_of_its_own_for_each_call_make_the_attempts(service):
    route = service.route(300)
    own = {"scope": "litellm", "name": "litellm_request", "kind": SpanKind.INTERNAL}
    service.call(10, 110, parent=route, attributes=FAILURE, failed=True, events=[EXCEPTION], **own)
    request = service.span("litellm_request", 120, 280, parent=route, attributes=SUCCESS, scope="litellm")
    raw(service, request, 120, 280)
    request.finish()
    route.finish()
    (record,) = records_of(service.request())
    assert [(each.provider, each.model, each.error_type) for each in record.attempts] == [
        ("openai", "bad", "503"),
        ("openrouter", "good", None),
    ]
    assert record.attempts[1].output_tokens == 3
    assert record.outcome is RouteOutcome.FAILED_OVER
    assert record.error_type is None


def test_a_fallback_that_it_wrote_over_the_failure_is_two_attempts_and_no_error_of_the_route(failed_over):
    record = failed_over()
    assert [(each.provider, each.model, each.error_type) for each in record.attempts] == [
        ("openai", None, "503"),
        ("openrouter", "good", None),
    ]
    assert [each.seconds for each in record.attempts] == [0.1, 0.18]
    assert record.attempts[1].input_tokens == 5
    assert (record.status_code, record.error_type) == (None, None)
    assert record.outcome is RouteOutcome.FAILED_OVER


def test_without_its_inner_span_what_follows_the_failure_is_the_attempt_that_answered(failed_over):
    record = failed_over(with_raw=False)
    assert [(each.provider, each.seconds, each.failed) for each in record.attempts] == [
        ("openai", 0.1, True),
        ("openrouter", 0.2, False),
    ]


def test_a_server_span_that_only_says_success_is_the_attempt(service):
    route = service.route(300, attributes=SUCCESS)
    route.finish()
    (record,) = records_of(service.request())
    (attempt,) = record.attempts
    assert (attempt.provider, attempt.seconds, attempt.output_tokens) == ("openrouter", 0.3, 3)
    assert record.outcome is RouteOutcome.OK


def test_a_route_of_which_every_call_failed_is_failed(service):
    route = service.route(300, attributes=FAILURE, failed=True, events=[EXCEPTION])
    route.finish()
    (record,) = records_of(service.request())
    assert [(each.provider, each.model, each.error_type) for each in record.attempts] == [("openai", "bad", "503")]
    assert record.outcome is RouteOutcome.EXHAUSTED
    assert (record.status_code, record.error_type) == (503, "503")


def test_a_provider_with_dots_in_its_parameters_is_still_the_provider(service):
    route = service.route(100)
    raw(service, route, 0, 90, **{"llm.openrouter.extra.deep": "x"})
    route.finish()
    (record,) = records_of(service.request())
    assert [each.provider for each in record.attempts] == ["openrouter"]


def test_its_second_integration_says_everything_on_each_call(service):
    route = service.route(300)
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-x",
        "gen_ai.usage.input_tokens": 0,
        "gen_ai.usage.output_tokens": 0,
        "litellm.provider.error.code": "503",
        "error.type": "ServiceUnavailableError",
        "litellm.provider.model": "openai/bad",
    }
    service.call(10, 110, parent=route, attributes=told, failed=True, scope="litellm")
    route.finish()
    (record,) = records_of(service.request())
    (attempt,) = record.attempts
    assert (attempt.error_type, attempt.input_tokens, attempt.output_tokens) == ("503", None, None)


@pytest.mark.parametrize(
    ("called", "model"),
    [("openrouter/x/y", "x/y"), ("deepseek/deepseek-chat", "main"), ("openrouter/", "main"), ("openrouter", "main")],
)
def test_the_model_is_the_one_that_was_called_not_the_group_that_was_asked_for(service, called, model):
    told = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openrouter", "gen_ai.request.model": "main"}
    service.call(10, 110, attributes={**told, "litellm.provider.model": called}, scope="litellm", name="chat main")
    (attempt,) = records_of(service.request())
    assert (attempt.provider, attempt.model) == ("openrouter", model)


def test_nothing_of_a_message_is_read(failed_over):
    assert "secret" not in repr(failed_over())
