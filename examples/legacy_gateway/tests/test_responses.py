import json
from unittest.mock import patch

import pytest


def events(response):
    lines = [line for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[len("data: ") :]) for line in lines[:-1]]


@pytest.mark.parametrize(
    "name",
    [
        "fireworks",
        "google_vertex",
        "cerebras",
        "vercel_ai_gateway",
        "helicone",
        "anannas",
        "cloudflare_workers_ai",
    ],
)
async def test_plain_response(client, completion, responses_body, name):
    with (
        patch(f"src.routes.chat.make_{name}_request_openai", return_value={}) as make_request,
        patch(f"src.routes.chat.process_{name}_response", return_value=completion("Hey")),
    ):
        response = await client.post(
            "/v1/responses",
            json=responses_body(
                name.replace("_", "-"), instructions="Be brief", max_output_tokens=7
            ),
        )
    body = response.json()
    assert response.status_code == 200
    assert body["id"] == "resp_chatcmpl-1"
    assert body["status"] == "completed"
    assert body["output"][0]["content"] == [{"type": "output_text", "text": "Hey"}]
    assert body["usage"] == {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    make_request.assert_called_once_with(
        [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}],
        "test-model",
        max_tokens=7,
    )


async def test_near_is_reported_without_its_prefix(client, completion, responses_body):
    with (
        patch("src.routes.chat.make_near_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_near_response", return_value=completion()),
    ):
        response = await client.post("/v1/responses", json=responses_body(model="near/qwen3"))
    assert response.json()["model"] == "qwen3"
    assert make_request.call_args.args[1] == "qwen3"


async def test_provider_that_is_only_in_chat_goes_to_openrouter(client, completion, responses_body):
    with (
        patch("src.routes.chat.make_morpheus_request_openai") as morpheus,
        patch("src.routes.chat.make_openrouter_request_openai", return_value={}) as openrouter,
        patch("src.routes.chat.process_openrouter_response", return_value=completion()),
    ):
        response = await client.post("/v1/responses", json=responses_body("morpheus"))
    assert response.status_code == 200
    morpheus.assert_not_called()
    openrouter.assert_called_once()


async def test_hug_is_an_alias_here_too(client, completion, responses_body):
    with (
        patch("src.routes.chat.make_huggingface_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_huggingface_response", return_value=completion()),
    ):
        await client.post("/v1/responses", json=responses_body("hug"))
    make_request.assert_called_once()


async def test_detection_order_differs_from_chat(client, completion, responses_body):
    # near is in the list of this endpoint only
    with (
        patch("src.routes.chat.make_near_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_near_response", return_value=completion()),
    ):
        response = await client.post("/v1/responses", json=responses_body(model="deepseek-v3.1"))
    assert response.json()["model"] == "deepseek-ai/DeepSeek-V3.1"
    make_request.assert_called_once()


@pytest.mark.parametrize("name", ["aimo", "chutes", "aihubmix", "alibaba_cloud", "clarifai"])
async def test_streamed_response(client, monkeypatch, chunks, responses_body, name):
    monkeypatch.setattr(
        f"src.routes.chat.make_{name}_request_openai_stream",
        lambda *args, **kwargs: iter(chunks("He", "y")),
    )
    response = await client.post(
        "/v1/responses", json=responses_body(name.replace("_", "-"), stream=True)
    )
    received = events(response)
    assert [event["type"] for event in received] == [
        "response.created",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.completed",
    ]
    final = received[-1]["response"]
    assert final["output"][0]["content"][0]["text"] == "Hey"
    assert final["status"] == "completed"
    assert final["usage"]["total_tokens"] == 3


async def test_default_stream_of_responses_is_sync(client, chunks, responses_body):
    with patch("src.routes.chat.make_openrouter_request_openai_stream") as make_stream:
        make_stream.return_value = iter(chunks("ok"))
        response = await client.post("/v1/responses", json=responses_body(stream=True))
    make_stream.assert_called_once()
    assert events(response)[-1]["response"]["output"][0]["content"][0]["text"] == "ok"


async def test_vertex_does_not_stream_here(client, responses_body):
    with patch("src.routes.chat.make_huggingface_request_openai_stream") as next_in_chain:
        response = await client.post(
            "/v1/responses", json=responses_body("google-vertex", stream=True)
        )
    assert response.status_code == 400
    assert response.json()["detail"]["error"] == {
        "message": "google-vertex does not stream on /v1/responses",
        "type": "unsupported_operation",
        "param": "stream",
    }
    next_in_chain.assert_not_called()


async def test_broken_response_stream_fails_the_response(
    client, monkeypatch, chunks, responses_body
):
    def broken(*args, **kwargs):
        yield chunks("partial")[0]
        raise ConnectionError("connection reset")

    monkeypatch.setattr("src.routes.chat.make_together_request_openai_stream", broken)
    response = await client.post("/v1/responses", json=responses_body("together", stream=True))
    last = events(response)[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["error"]["type"] == "upstream_error"


@pytest.mark.parametrize(
    ("finish_reason", "status"),
    [("length", "incomplete"), ("tool_calls", "completed")],
)
async def test_finish_reason_becomes_status(
    client, completion, responses_body, finish_reason, status
):
    answer = completion(finish_reason=finish_reason)
    with (
        patch("src.routes.chat.make_groq_request_openai", return_value={}),
        patch("src.routes.chat.process_groq_response", return_value=answer),
    ):
        response = await client.post("/v1/responses", json=responses_body("groq"))
    assert response.json()["status"] == status


async def test_input_parts_become_one_text(client, completion, responses_body):
    parts = [{"type": "input_text", "text": "one"}, {"type": "input_text", "text": "two"}]
    with (
        patch("src.routes.chat.make_groq_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_groq_response", return_value=completion()),
    ):
        await client.post(
            "/v1/responses",
            json=responses_body("groq", input=[{"role": "developer", "content": parts}]),
        )
    assert make_request.call_args.args[0] == [{"role": "system", "content": "one\ntwo"}]


async def test_empty_input_is_refused(client, responses_body):
    response = await client.post("/v1/responses", json=responses_body("groq", input=[]))
    assert response.status_code == 400
