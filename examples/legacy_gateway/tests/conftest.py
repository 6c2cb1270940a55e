import os

import httpx
import pytest

from src.main import app
from src.services import usage


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for variable in list(os.environ):
        if variable.startswith("UPSTREAM_") or variable.endswith("_API_KEY"):
            monkeypatch.delenv(variable)
    usage.reset()


@pytest.fixture
async def client():
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        yield http


@pytest.fixture
def completion():
    """A plain answer as the clients return it."""

    def make(text="Hello", finish_reason="stop", **message):
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1700000000,
            "model": "test-model",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, **message},
                    "finish_reason": finish_reason,
                }
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        }

    return make


@pytest.fixture
def chunks():
    """The chunks of a short stream."""

    def make(*pieces):
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000}
        made = [{**head, "choices": [{"index": 0, "delta": {"content": p}}]} for p in pieces]
        made.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage_numbers = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        made.append({**head, "choices": [], "usage": usage_numbers})
        return made

    return make


@pytest.fixture
def upstream_error():
    """What a client raises when its upstream answers with a status."""

    def make(status, headers=None):
        request = httpx.Request("POST", "http://upstream/v1/chat/completions")
        response = httpx.Response(status, headers=headers, request=request)
        return httpx.HTTPStatusError(f"status {status}", request=request, response=response)

    return make


@pytest.fixture
def chat_body():
    def make(provider=None, model="test-model", **fields):
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
        if provider is not None:
            body["provider"] = provider
        return body

    return make


@pytest.fixture
def responses_body():
    def make(provider=None, model="test-model", **fields):
        body = {"model": model, "input": "Hi", **fields}
        if provider is not None:
            body["provider"] = provider
        return body

    return make
