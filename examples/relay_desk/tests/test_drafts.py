"""POST /drafts."""

import json
from unittest.mock import AsyncMock, patch

import httpx
import pytest

from deskrelay import journal
from deskrelay.web import completion

LABELS = {
    "groq": "Groq",
    "mistral": "Mistral",
    "cohere": "Cohere",
    "together-ai": "Together AI",
    "fireworks": "Fireworks",
    "deepinfra": "DeepInfra",
    "workers-ai": "Cloudflare",
    "z.ai": "Z.ai",
    "perplexity": "Perplexity",
    "sambanova": "SambaNova",
    "cerebras": "Cerebras",
    "hyperbolic": "Hyperbolic",
    "novita": "Novita",
    "nebius": "Nebius AI Studio",
    "friendli": "FriendliAI",
    "nvidia-nim": "NVIDIA NIM",
    "siliconflow": "SiliconFlow",
    "moonshot": "Moonshot",
}


@pytest.mark.parametrize("vendor", LABELS)
async def test_a_ticket_goes_to_the_vendor_that_it_names(
    vendor, desk, upstream, ticket, completion_reply
):
    route = upstream.post(f"/{vendor}/v1/chat/completions").respond(
        json=completion_reply()
    )
    answer = await desk.post("/drafts", json=ticket(vendor=vendor))
    assert answer.status_code == 200
    assert answer.json()["vendor"] == vendor
    assert answer.json()["text"] == "On its way."
    assert route.calls.last.request.headers["x-desk-ticket"] == "T-1"
    assert journal.counts() == {f"{LABELS[vendor]} draft": 1}


async def test_kimi_is_moonshot_under_its_own_name(
    desk, upstream, ticket, completion_reply
):
    upstream.post("/moonshot/v1/chat/completions").respond(json=completion_reply())
    answer = await desk.post("/drafts", json=ticket(vendor="kimi"))
    assert answer.json()["vendor"] == "kimi"
    assert journal.counts() == {"Moonshot draft": 1}


async def test_an_old_name_still_finds_its_vendor(desk, ticket, completion_reply):
    with patch(
        "deskrelay.web.completion.cloudflare_ask", new_callable=AsyncMock
    ) as ask:
        ask.return_value = completion_reply()
        answer = await desk.post("/drafts", json=ticket(vendor="cloudflare"))
    assert answer.json()["vendor"] == "workers-ai"
    assert ask.await_args.kwargs == {"trace": "T-1", "timeout": 90}


@pytest.mark.parametrize("vendor", ["gorq", " groq", "GROQ"])
async def test_a_vendor_nobody_knows_is_refused_and_not_counted(vendor, desk, ticket):
    answer = await desk.post("/drafts", json=ticket(vendor=vendor))
    assert answer.status_code == 400
    assert answer.json()["detail"] == f"no vendor is called {vendor!r}"
    assert journal.counts() == {}


async def test_without_a_vendor_the_model_decides(desk, monkeypatch, completion_reply):
    ask = AsyncMock(return_value=completion_reply())
    monkeypatch.setattr(completion, "cohere_ask", ask)
    answer = await desk.post(
        "/drafts", json={"number": "T-2", "question": "Why?", "model": "command-a"}
    )
    assert answer.json()["vendor"] == "cohere"
    ask.assert_awaited_once()


async def test_without_vendor_and_model_it_is_groq(desk, ticket, completion_reply):
    with patch("deskrelay.web.completion.groq_ask", new_callable=AsyncMock) as ask:
        ask.return_value = completion_reply("  Soon. ")
        answer = await desk.post("/drafts", json=ticket())
    assert answer.json() == {
        "ticket": "T-1",
        "vendor": "groq",
        "text": "Soon.",
        "tokens": 100,
        "cost": 0.0059,
    }
    assert ask.await_args.kwargs["timeout"] == 45


async def test_knobs_overrule_what_the_vendor_module_composed(
    desk, upstream, ticket, completion_reply
):
    route = upstream.post("/mistral/v1/chat/completions").respond(
        json=completion_reply()
    )
    knobs = {"temperature": 0.1, "logit_bias": {"7": 1}}
    await desk.post("/drafts", json=ticket(vendor="mistral", knobs=knobs))
    call = json.loads(route.calls.last.request.content)
    assert call["temperature"] == 0.1
    assert "logit_bias" not in call


async def test_perplexity_says_where_it_looked(
    desk, upstream, ticket, completion_reply
):
    found = [{"title": "Parcels", "url": "https://post.example/parcels"}]
    upstream.post("/perplexity/v1/chat/completions").respond(
        json=completion_reply(search_results=found)
    )
    answer = await desk.post("/drafts", json=ticket(vendor="perplexity"))
    assert answer.json()["sources"] == ["https://post.example/parcels"]


async def test_a_patched_tidy_is_the_one_that_is_used(
    desk, monkeypatch, ticket, completion_reply
):
    monkeypatch.setattr(
        completion, "zai_ask", AsyncMock(return_value=completion_reply())
    )
    monkeypatch.setattr(
        completion, "zai_tidy", lambda reply: {"text": "patched", "tokens": 1}
    )
    answer = await desk.post("/drafts", json=ticket(vendor="z.ai"))
    assert answer.json()["text"] == "patched"


async def test_a_vendor_in_trouble_is_a_502(desk, upstream, ticket):
    upstream.post("/nebius/v1/chat/completions").respond(503)
    answer = await desk.post("/drafts", json=ticket(vendor="nebius"))
    assert answer.status_code == 502
    assert answer.json()["detail"] == "nebius is down: 503"
    assert journal.counts() == {}


async def test_a_slow_vendor_is_a_504(desk, upstream, ticket):
    upstream.post("/sambanova/v1/chat/completions").mock(
        side_effect=httpx.ReadTimeout("slow")
    )
    answer = await desk.post("/drafts", json=ticket(vendor="sambanova"))
    assert answer.status_code == 504


async def test_an_unreachable_vendor_is_a_502(desk, upstream, ticket):
    upstream.post("/groq/v1/chat/completions").mock(
        side_effect=httpx.ConnectError("refused")
    )
    answer = await desk.post("/drafts", json=ticket(vendor="groq"))
    assert answer.json()["detail"] == "groq is down: ConnectError"


async def test_an_answer_that_is_not_json_is_a_502(desk, upstream, ticket):
    upstream.post("/cohere/v1/chat/completions").respond(text='{"choices": [')
    answer = await desk.post("/drafts", json=ticket(vendor="cohere"))
    assert answer.json()["detail"] == "cohere is down: its answer is not JSON"
