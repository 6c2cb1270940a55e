import json
from unittest.mock import patch

import pytest


def events(response):
    lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[len("data: ") :]) for line in lines[:-1]]


def text_of(response):
    return "".join(
        choice["delta"].get("content", "")
        for event in events(response)
        for choice in event.get("choices", [])
    )


@pytest.mark.parametrize("name", ["together", "alibaba_cloud"])
async def test_stream_passes_chunks_on(client, monkeypatch, chunks, chat_body, name):
    monkeypatch.setattr(
        f"src.routes.chat.make_{name}_request_openai_stream",
        lambda messages, model, **kwargs: iter(chunks("Hel", "lo")),
    )
    response = await client.post(
        "/v1/chat/completions", json=chat_body(name.replace("_", "-"), stream=True)
    )
    assert response.headers["content-type"].startswith("text/event-stream")
    assert text_of(response) == "Hello"


async def test_sse_lines_of_near_are_understood(client, monkeypatch, chunks, chat_body):
    lines = [f"data: {json.dumps(chunk)}" for chunk in chunks("a", "b")]
    monkeypatch.setattr(
        "src.routes.chat.make_near_request_openai_stream",
        lambda *args, **kwargs: iter([": ping", *lines, "data: [DONE]"]),
    )
    response = await client.post("/v1/chat/completions", json=chat_body("near", stream=True))
    assert text_of(response) == "ab"


async def test_default_stream_is_async(client, monkeypatch, chunks, chat_body):
    async def stream():
        for chunk in chunks("async"):
            yield chunk

    async def make_stream(messages, model, **kwargs):
        return stream()

    monkeypatch.setattr("src.routes.chat.make_openrouter_request_openai_stream_async", make_stream)
    response = await client.post("/v1/chat/completions", json=chat_body(stream=True))
    assert text_of(response) == "async"


async def test_default_stream_falls_back_to_the_sync_client(client, monkeypatch, chunks, chat_body):
    async def broken(*args, **kwargs):
        raise RuntimeError("no event loop today")

    monkeypatch.setattr("src.routes.chat.make_openrouter_request_openai_stream_async", broken)
    monkeypatch.setattr(
        "src.routes.chat.make_openrouter_request_openai_stream",
        lambda *args, **kwargs: iter(chunks("sync")),
    )
    response = await client.post("/v1/chat/completions", json=chat_body(stream=True))
    assert response.status_code == 200
    assert text_of(response) == "sync"


async def test_fireworks_stream_gets_session_and_tier(client, chunks, chat_body):
    with patch("src.routes.chat.make_fireworks_request_openai_stream") as make_stream:
        make_stream.return_value = iter(chunks("x"))
        await client.post(
            "/v1/chat/completions",
            json=chat_body("fireworks", stream=True),
            headers={"x-session-id": "s-1", "x-priority": "high"},
        )
    make_stream.assert_called_once_with(
        [{"role": "user", "content": "Hi"}], "test-model", "s-1", "priority"
    )


async def test_fireworks_stream_prefers_the_user_over_the_session(client, chunks, chat_body):
    with patch("src.routes.chat.make_fireworks_request_openai_stream") as make_stream:
        make_stream.return_value = iter(chunks("x"))
        await client.post(
            "/v1/chat/completions",
            json=chat_body("fireworks", stream=True, user="u-7"),
            headers={"x-session-id": "s-1"},
        )
    assert make_stream.call_args.args[2:] == ("u-7", None)


async def test_stream_fails_over_before_its_first_chunk(
    client, monkeypatch, chunks, upstream_error, chat_body
):
    def unavailable(*args, **kwargs):
        raise upstream_error(503)

    monkeypatch.setattr("src.routes.chat.make_cerebras_request_openai_stream", unavailable)
    monkeypatch.setattr(
        "src.routes.chat.make_huggingface_request_openai_stream",
        lambda *args, **kwargs: iter(chunks("second")),
    )
    response = await client.post("/v1/chat/completions", json=chat_body("cerebras", stream=True))
    assert text_of(response) == "second"
    assert response.headers["x-gateway-attempt"] == "2"


@pytest.mark.parametrize(
    ("message", "error_type"),
    [
        ("Error 429: slow down", "rate_limit_error"),
        ("peer closed connection", "upstream_error"),
        ("boom", "stream_error"),
    ],
)
async def test_broken_stream_ends_with_an_error_event(
    client, monkeypatch, chunks, chat_body, message, error_type
):
    def broken(*args, **kwargs):
        yield chunks("partial")[0]
        raise RuntimeError(message)

    monkeypatch.setattr("src.routes.chat.make_groq_request_openai_stream", broken)
    response = await client.post("/v1/chat/completions", json=chat_body("groq", stream=True))
    received = events(response)
    assert len(received) == 2
    assert received[-1]["error"]["type"] == error_type


async def test_stream_usage_is_counted(client, monkeypatch, chunks, chat_body):
    monkeypatch.setattr(
        "src.routes.chat.make_xai_request_openai_stream",
        lambda *args, **kwargs: iter(chunks("x")),
    )
    await client.post("/v1/chat/completions", json=chat_body("xai", stream=True))
    counted = (await client.get("/health/usage")).json()
    assert counted == {"xai": {"requests": 1, "tokens": 3}}
