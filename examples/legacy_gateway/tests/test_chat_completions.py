from unittest.mock import patch

import pytest

PROVIDERS = {
    "featherless": "featherless",
    "google-vertex": "google_vertex",
    "vercel-ai-gateway": "vercel_ai_gateway",
    "cloudflare-workers-ai": "cloudflare_workers_ai",
    "onerouter": "onerouter",
    "openrouter": "openrouter",
}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_provider_is_called_and_processed(
    client, monkeypatch, completion, chat_body, provider
):
    calls = []
    name = PROVIDERS[provider]

    def make_request(messages, model, **kwargs):
        calls.append((messages, model, kwargs))
        return {"raw": provider}

    def process(resp):
        assert resp == {"raw": provider}
        return completion(f"from {provider}")

    monkeypatch.setattr(f"src.routes.chat.make_{name}_request_openai", make_request)
    monkeypatch.setattr(f"src.routes.chat.process_{name}_response", process)

    response = await client.post(
        "/v1/chat/completions", json=chat_body(provider, temperature=0.5, max_tokens=10)
    )

    assert response.status_code == 200
    assert response.json()["choices"][0]["message"]["content"] == f"from {provider}"
    assert response.json()["gateway"] == {"provider": provider, "model": "test-model"}
    assert calls == [
        (
            [{"role": "user", "content": "Hi"}],
            "test-model",
            {"temperature": 0.5, "max_tokens": 10},
        )
    ]


@pytest.mark.parametrize("provider", ["does-not-exist", " near "])
async def test_unknown_provider_is_served_by_openrouter(client, completion, chat_body, provider):
    with (
        patch("src.routes.chat.make_openrouter_request_openai") as make_request,
        patch("src.routes.chat.process_openrouter_response", return_value=completion()),
    ):
        make_request.return_value = {}
        response = await client.post("/v1/chat/completions", json=chat_body(provider))
    assert response.status_code == 200
    make_request.assert_called_once()


async def test_no_provider_means_openrouter(client, completion, chat_body):
    with (
        patch("src.routes.chat.make_openrouter_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_openrouter_response", return_value=completion()),
    ):
        response = await client.post("/v1/chat/completions", json=chat_body())
    assert response.status_code == 200
    make_request.assert_called_once_with([{"role": "user", "content": "Hi"}], "test-model")


async def test_hug_is_an_alias_of_huggingface(client, completion, chat_body):
    with (
        patch("src.routes.chat.make_huggingface_request_openai", return_value={}) as make_request,
        patch("src.routes.chat.process_huggingface_response", return_value=completion()),
    ):
        response = await client.post("/v1/chat/completions", json=chat_body("hug"))
    assert response.json()["gateway"]["provider"] == "huggingface"
    make_request.assert_called_once()


@pytest.mark.parametrize(
    ("model", "provider", "sent_model"),
    [
        ("llama-3.3-70b", "huggingface", "meta-llama/Llama-3.3-70B-Instruct"),
        ("mythomax-13b", "featherless", "Gryphe/MythoMax-L2-13b"),
        ("near/some-model", "near", "near/some-model"),
    ],
)
async def test_provider_is_detected_from_the_model(
    client, completion, chat_body, model, provider, sent_model
):
    with (
        patch(f"src.routes.chat.make_{provider}_request_openai", return_value={}) as make_request,
        patch(f"src.routes.chat.process_{provider}_response", return_value=completion()),
    ):
        response = await client.post("/v1/chat/completions", json=chat_body(model=model))
    assert response.json()["gateway"] == {"provider": provider, "model": sent_model}
    assert make_request.call_args.args[1] == sent_model


async def test_usage_is_counted(client, completion, chat_body):
    with (
        patch("src.routes.chat.make_groq_request_openai", return_value={}),
        patch("src.routes.chat.process_groq_response", return_value=completion()),
    ):
        await client.post("/v1/chat/completions", json=chat_body("groq"))
        await client.post("/v1/chat/completions", json=chat_body("groq"))
    counted = (await client.get("/health/usage")).json()
    assert counted == {"groq": {"requests": 2, "tokens": 16}}


async def test_body_without_messages_is_refused(client):
    response = await client.post("/v1/chat/completions", json={"model": "m", "messages": []})
    assert response.status_code == 422
