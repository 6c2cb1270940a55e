import asyncio
import time

from src.routes import chat


def test_slow_providers_have_more_time():
    assert chat.PROVIDER_TIMEOUTS == {"huggingface": 120, "near": 120}
    assert chat.DEFAULT_PROVIDER_TIMEOUT == 30


async def test_timeout_of_the_table_is_asked_for(client, monkeypatch, completion, chat_body):
    asked = []
    wait_for = asyncio.wait_for

    async def spy(awaitable, timeout):
        asked.append(timeout)
        return await wait_for(awaitable, timeout)

    monkeypatch.setattr("src.routes.chat.asyncio.wait_for", spy)
    for name in ("near", "groq"):
        monkeypatch.setattr(f"src.routes.chat.make_{name}_request_openai", lambda *a, **k: {})
        monkeypatch.setattr(f"src.routes.chat.process_{name}_response", lambda r: completion())
        await client.post("/v1/chat/completions", json=chat_body(name))
    assert asked == [120, 30]


async def test_patched_table_cuts_a_slow_provider_off(client, monkeypatch, completion, chat_body):
    monkeypatch.setattr("src.routes.chat.PROVIDER_TIMEOUTS", {"near": 0.02})
    monkeypatch.setattr("src.routes.chat.make_near_request_openai", lambda *a, **k: time.sleep(0.5))
    monkeypatch.setattr("src.routes.chat.make_huggingface_request_openai", lambda *a, **k: {})
    monkeypatch.setattr("src.routes.chat.process_huggingface_response", lambda r: completion())
    response = await client.post("/v1/chat/completions", json=chat_body("near"))
    assert response.json()["gateway"]["provider"] == "huggingface"


async def test_patched_default_applies_to_the_others(client, monkeypatch, responses_body):
    monkeypatch.setattr("src.routes.chat.DEFAULT_PROVIDER_TIMEOUT", 0.02)
    monkeypatch.setattr("src.routes.chat.build_provider_failover_chain", lambda p: [p])
    monkeypatch.setattr("src.routes.chat.make_groq_request_openai", lambda *a, **k: time.sleep(0.5))
    response = await client.post("/v1/responses", json=responses_body("groq"))
    assert response.status_code == 504
    assert response.json()["detail"] == "Provider 'groq' timed out"
