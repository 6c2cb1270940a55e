"""The HTTP part that all provider clients have in common."""

import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from src.config import settings

logger = logging.getLogger(__name__)

_client: httpx.Client | None = None
_client_lock = threading.Lock()


def chat_url(provider: str) -> str:
    return f"{settings.upstream_base_url}/{provider}/v1/chat/completions"


def auth_headers(provider: str, extra: dict[str, str] | None = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {settings.api_key(provider)}"}
    if extra:
        headers.update(extra)
    return headers


def build_payload(messages: list[dict], model: str, params: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {"model": model, "messages": messages}
    payload.update({key: value for key, value in params.items() if value is not None})
    return payload


def post_chat(provider: str, payload: dict, headers: dict[str, str]) -> dict:
    """One plain completion. Raises httpx errors, ValueError if the answer is not a JSON object."""
    response = _shared_client().post(chat_url(provider), json=payload, headers=headers)
    response.raise_for_status()
    data = response.json()
    if not isinstance(data, dict):
        raise ValueError(f"{provider} answered with {type(data).__name__}, expected an object")
    return data


def stream_chat(provider: str, payload: dict, headers: dict[str, str]) -> Iterator[dict]:
    """Chunks of a streamed completion.

    The request goes out before this returns, so a refused stream raises here and can fail over.
    """
    return _chunks(_open_stream(provider, payload, headers))


def stream_chat_lines(provider: str, payload: dict, headers: dict[str, str]) -> Iterator[str]:
    """Like stream_chat, but gives the SSE lines as they came (`data: …`)."""
    return _lines(_open_stream(provider, payload, headers))


async def stream_chat_async(
    provider: str, payload: dict, headers: dict[str, str]
) -> AsyncIterator[dict]:
    """Like stream_chat, without a worker thread."""
    # Own client: pooled connections belong to one event loop
    client = httpx.AsyncClient(timeout=_timeout())
    try:
        request = client.build_request(
            "POST", chat_url(provider), json=_streaming(payload), headers=headers
        )
        response = await client.send(request, stream=True)
        if not response.is_success:
            await response.aread()
            response.raise_for_status()
    except BaseException:
        await client.aclose()
        raise
    return _async_chunks(client, response)


def _open_stream(provider: str, payload: dict, headers: dict[str, str]) -> httpx.Response:
    client = _shared_client()
    request = client.build_request(
        "POST", chat_url(provider), json=_streaming(payload), headers=headers
    )
    response = client.send(request, stream=True)
    if not response.is_success:
        try:
            response.read()
        finally:
            response.close()
        response.raise_for_status()
    return response


def _lines(response: httpx.Response) -> Iterator[str]:
    try:
        for line in response.iter_lines():
            if line.startswith("data:"):
                yield line
    finally:
        response.close()


def _chunks(response: httpx.Response) -> Iterator[dict]:
    try:
        for line in response.iter_lines():
            data = _event_data(line)
            if data is None:
                continue
            if data == "[DONE]":
                return
            yield json.loads(data)
    finally:
        response.close()


async def _async_chunks(client: httpx.AsyncClient, response: httpx.Response) -> AsyncIterator[dict]:
    try:
        async for line in response.aiter_lines():
            data = _event_data(line)
            if data is None:
                continue
            if data == "[DONE]":
                return
            yield json.loads(data)
    finally:
        await response.aclose()
        await client.aclose()


def _event_data(line: str) -> str | None:
    # Comments (": keep-alive"), event names and blank lines carry nothing for us
    if not line.startswith("data:"):
        return None
    return line[len("data:") :].strip()


def _streaming(payload: dict) -> dict:
    return {**payload, "stream": True, "stream_options": {"include_usage": True}}


def _timeout() -> httpx.Timeout:
    return httpx.Timeout(settings.upstream_read_timeout, connect=settings.upstream_connect_timeout)


def _shared_client() -> httpx.Client:
    global _client
    with _client_lock:
        if _client is None:
            _client = httpx.Client(timeout=_timeout())
        return _client
