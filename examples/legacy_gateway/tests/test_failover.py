from unittest.mock import patch

import httpx
import pytest
from fastapi import HTTPException

from src.services.provider_failover import (
    build_provider_failover_chain,
    enforce_model_failover_rules,
    map_provider_error,
    should_failover,
)


def test_asked_for_provider_is_first_and_openrouter_last():
    assert build_provider_failover_chain("groq") == [
        "groq",
        "huggingface",
        "featherless",
        "fireworks",
        "together",
        "openrouter",
    ]
    assert build_provider_failover_chain("fireworks").count("fireworks") == 1
    assert build_provider_failover_chain(None)[0] == "openrouter"


def test_free_models_stay_on_openrouter():
    chain = ["groq", "openrouter"]
    assert enforce_model_failover_rules("some/model:free", chain) == ["openrouter"]
    assert enforce_model_failover_rules("some/model", chain) == chain


@pytest.mark.parametrize("status", [401, 503])
async def test_next_provider_is_tried(
    client, monkeypatch, completion, upstream_error, chat_body, status
):
    order = []

    def failing(*args, **kwargs):
        order.append("groq")
        raise upstream_error(status)

    def working(*args, **kwargs):
        order.append("huggingface")
        return {}

    monkeypatch.setattr("src.routes.chat.make_groq_request_openai", failing)
    monkeypatch.setattr("src.routes.chat.make_huggingface_request_openai", working)
    monkeypatch.setattr("src.routes.chat.process_huggingface_response", lambda r: completion())

    response = await client.post("/v1/chat/completions", json=chat_body("groq"))
    assert response.status_code == 200
    assert response.headers["x-gateway-attempt"] == "2"
    assert order == ["groq", "huggingface"]


@pytest.mark.parametrize("status", [400, 429])
async def test_customer_errors_do_not_fail_over(client, upstream_error, chat_body, status):
    with (
        patch("src.routes.chat.make_groq_request_openai", side_effect=upstream_error(status)),
        patch("src.routes.chat.make_huggingface_request_openai") as next_in_chain,
    ):
        response = await client.post("/v1/chat/completions", json=chat_body("groq"))
    assert response.status_code == status
    next_in_chain.assert_not_called()


async def test_failing_process_function_fails_over(client, completion, responses_body):
    with (
        patch("src.routes.chat.make_groq_request_openai", return_value={}),
        patch("src.routes.chat.process_groq_response", side_effect=ValueError("no choices")),
        patch("src.routes.chat.make_huggingface_request_openai", return_value={}),
        patch("src.routes.chat.process_huggingface_response", return_value=completion("2nd")),
    ):
        response = await client.post("/v1/responses", json=responses_body("groq"))
    assert response.json()["output"][0]["content"][0]["text"] == "2nd"


async def test_last_error_is_given_when_all_fail(client, upstream_error, chat_body):
    error = upstream_error(503)
    with (
        patch("src.routes.chat.build_provider_failover_chain", return_value=["near", "aimo"]),
        patch("src.routes.chat.make_near_request_openai", side_effect=error),
        patch("src.routes.chat.make_aimo_request_openai", side_effect=upstream_error(404)),
    ):
        response = await client.post("/v1/chat/completions", json=chat_body("near"))
    assert response.status_code == 404
    assert "'aimo'" in response.json()["detail"]


async def test_no_failover_when_the_wrapper_says_so(client, upstream_error, chat_body):
    with (
        patch("src.routes.chat.should_failover", return_value=False),
        patch("src.routes.chat.make_chutes_request_openai", side_effect=upstream_error(503)),
    ):
        response = await client.post("/v1/chat/completions", json=chat_body("chutes"))
    assert response.status_code == 503


def test_errors_are_mapped():
    expected = [
        (TimeoutError(), 504),
        (httpx.ReadTimeout("slow"), 504),
        (httpx.ConnectError("refused"), 503),
        (httpx.RemoteProtocolError("cut"), 502),
        (ValueError("not JSON"), 502),
        (HTTPException(status_code=418), 418),
    ]
    for exc, status in expected:
        assert map_provider_error("near", "m", exc).status_code == status


def test_status_of_the_upstream_is_kept(upstream_error):
    for status in (400, 401, 403, 404, 429, 502, 503, 504):
        mapped = map_provider_error("near", "m", upstream_error(status))
        assert mapped.status_code == status
        assert should_failover(mapped) is (status not in (400, 429))


def test_retry_after_is_kept(upstream_error):
    mapped = map_provider_error("near", "m", upstream_error(429, {"retry-after": "9"}))
    assert mapped.headers == {"Retry-After": "9"}
    assert not should_failover(mapped)
