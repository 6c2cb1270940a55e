"""Through the real clients, with the upstream mocked at HTTP level."""

import json

import httpx
import pytest
import respx

UPSTREAM = "http://127.0.0.1:8900"


@pytest.fixture
def upstream():
    with respx.mock(base_url=UPSTREAM) as router:
        yield router


def sent(route):
    return json.loads(route.calls.last.request.content)


def sse(*chunks):
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return httpx.Response(200, text="".join(lines) + "data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("provider", "model", "upstream_model"),
    [
        ("fireworks", "deepseek-v3", "accounts/fireworks/models/deepseek-v3"),
        ("google-vertex", "gemini-2.0", "google/gemini-2.0"),
        ("cloudflare-workers-ai", "meta/llama", "@cf/meta/llama"),
        ("huggingface", "org/model", "org/model:hf-inference"),
    ],
)
async def test_model_rules_of_the_clients(
    client, upstream, completion, chat_body, provider, model, upstream_model
):
    route = upstream.post(f"/{provider}/v1/chat/completions").respond(json=completion())
    response = await client.post("/v1/chat/completions", json=chat_body(provider, model))
    assert response.status_code == 200
    assert sent(route)["model"] == upstream_model


async def test_key_comes_from_the_environment(client, upstream, completion, chat_body, monkeypatch):
    monkeypatch.setenv("ALPACA_NETWORK_API_KEY", "not-a-real-key")
    route = upstream.post("/alpaca-network/v1/chat/completions").respond(json=completion())
    await client.post("/v1/chat/completions", json=chat_body("alpaca-network", tools=[{}]))
    assert route.calls.last.request.headers["authorization"] == "Bearer not-a-real-key"
    assert "tools" not in sent(route)


async def test_cerebras_renames_max_tokens(client, upstream, completion, chat_body):
    route = upstream.post("/cerebras/v1/chat/completions").respond(json=completion())
    await client.post("/v1/chat/completions", json=chat_body("cerebras", max_tokens=5))
    assert sent(route)["max_completion_tokens"] == 5
    assert "max_tokens" not in sent(route)


async def test_stream_asks_for_usage(client, upstream, chunks, chat_body):
    route = upstream.post("/helicone/v1/chat/completions").mock(return_value=sse(*chunks("Yo")))
    response = await client.post("/v1/chat/completions", json=chat_body("helicone", stream=True))
    assert '"content": "Yo"' in response.text
    assert sent(route)["stream"] is True
    assert sent(route)["stream_options"] == {"include_usage": True}


async def test_fireworks_session_is_a_header(client, upstream, chunks, chat_body):
    route = upstream.post("/fireworks/v1/chat/completions").mock(return_value=sse(*chunks("Yo")))
    await client.post(
        "/v1/chat/completions",
        json=chat_body("fireworks", stream=True),
        headers={"x-session-id": "abc", "x-priority": "high"},
    )
    assert route.calls.last.request.headers["x-session-affinity"] == "abc"
    assert sent(route)["service_tier"] == "priority"


async def test_async_default_stream_retries_with_the_sync_client(
    client, upstream, chunks, chat_body
):
    route = upstream.post("/openrouter/v1/chat/completions")
    route.side_effect = [httpx.Response(500), sse(*chunks("Yo"))]
    response = await client.post("/v1/chat/completions", json=chat_body(stream=True))
    assert response.status_code == 200
    assert route.call_count == 2


async def test_unreadable_answer_fails_over(client, upstream, completion, chat_body):
    upstream.post("/near/v1/chat/completions").respond(text="<html>busy</html>")
    upstream.post("/huggingface/v1/chat/completions").respond(json=completion("rescued"))
    response = await client.post("/v1/chat/completions", json=chat_body("near"))
    assert response.json()["choices"][0]["message"]["content"] == "rescued"
