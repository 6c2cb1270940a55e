"""POST /drafts/live."""

import json
from unittest.mock import patch

import httpx
import pytest

from deskrelay import journal
from deskrelay.web import completion

STREAM = (
    'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n'
    'data: {"choices": [{"delta": {"content": "On its"}}]}\n\n'
    'data: {"choices": [{"delta": {"content": " way."}}]}\n\n'
    "data: [DONE]\n\n"
)
EVENTS = (
    'event: piece\ndata: "On its"\n\n'
    'event: piece\ndata: " way."\n\n'
    "event: done\ndata: {}\n\n"
)


@pytest.mark.parametrize(
    "vendor",
    [
        "mistral",
        "cohere",
        "together-ai",
        "fireworks",
        "workers-ai",
        "z.ai",
        "nebius",
        "nvidia-nim",
        "friendli",
        "siliconflow",
        "groq",
    ],
)
async def test_pieces_come_as_events(vendor, desk, upstream, ticket):
    route = upstream.post(f"/{vendor}/v1/chat/completions").respond(text=STREAM)
    answer = await desk.post("/drafts/live", json=ticket(vendor=vendor))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-desk-ticket"] == "T-1"
    assert answer.text == EVENTS
    assert json.loads(route.calls.last.request.content)["stream"] is True


@pytest.mark.parametrize("vendor", ["novita", "kimi", "nobody"])
async def test_a_vendor_without_streams_is_served_by_groq(
    vendor, desk, upstream, ticket
):
    upstream.post("/groq/v1/chat/completions").respond(text=STREAM)
    answer = await desk.post("/drafts/live", json=ticket(vendor=vendor))
    assert answer.text == EVENTS
    assert journal.counts() == {"Groq live": 1}


async def test_a_live_draft_of_cloudflare_is_counted_as_workers_ai(
    desk, upstream, ticket
):
    upstream.post("/workers-ai/v1/chat/completions").respond(text=STREAM)
    await desk.post("/drafts/live", json=ticket(vendor="workers-ai"))
    assert journal.counts() == {"Workers AI live": 1}


async def test_without_a_vendor_the_model_decides(desk, upstream, ticket):
    upstream.post("/siliconflow/v1/chat/completions").respond(text=STREAM)
    await desk.post("/drafts/live", json=ticket(model="hunyuan-a13b"))
    assert journal.counts() == {"SiliconFlow live": 1}


async def test_the_asking_function_can_be_patched(desk, ticket):
    async def two_chunks(call, *, trace, timeout):
        async def chunks():
            for text in ("a", "b"):
                yield {"choices": [{"delta": {"content": text}}]}

        assert (trace, timeout) == ("T-1", 120)
        return chunks()

    with patch("deskrelay.web.completion.mistral_ask_live", two_chunks):
        answer = await desk.post("/drafts/live", json=ticket(model="mistral-small"))
    assert answer.text.count("event: piece") == 2


async def test_the_piece_function_can_be_patched(desk, upstream, monkeypatch, ticket):
    monkeypatch.setattr(completion, "cerebras_piece", lambda chunk: "x")
    upstream.post("/cerebras/v1/chat/completions").respond(text=STREAM)
    answer = await desk.post("/drafts/live", json=ticket(vendor="cerebras"))
    assert answer.text.count('data: "x"') == 3


async def test_a_refusal_comes_before_the_stream(desk, upstream, ticket):
    upstream.post("/hyperbolic/v1/chat/completions").respond(401)
    answer = await desk.post("/drafts/live", json=ticket(vendor="hyperbolic"))
    assert answer.status_code == 502
    assert journal.counts() == {}


async def test_a_broken_stream_ends_with_failed(desk, upstream, ticket):
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self):
            yield b'data: {"choices": [{"delta": {"content": "On"}}]}\n\n'
            raise httpx.ReadError("gone")

    upstream.post("/deepinfra/v1/chat/completions").mock(
        return_value=httpx.Response(200, stream=Broken())
    )
    answer = await desk.post("/drafts/live", json=ticket(vendor="deepinfra"))
    assert (
        answer.text
        == 'event: piece\ndata: "On"\n\nevent: failed\ndata: "ReadError"\n\n'
    )


async def test_a_chunk_that_is_not_json_ends_with_failed(desk, upstream, ticket):
    upstream.post("/moonshot/v1/chat/completions").respond(text="data: {oops\n\n")
    answer = await desk.post("/drafts/live", json=ticket(vendor="moonshot"))
    assert answer.text == 'event: failed\ndata: "JSONDecodeError"\n\n'
