"""What the vendor clients share: one POST, whole or streamed, and the usual fields."""

import json
import os
from contextlib import AsyncExitStack

import httpx

from deskrelay.errors import VendorDown, VendorSlow

TLS = httpx.create_ssl_context()

TONES = {
    "friendly": "You answer support tickets warmly and in plain words.",
    "formal": "You answer support tickets politely and precisely.",
    "brief": "You answer support tickets in two sentences.",
}


def messages(question, tone):
    return [
        {"role": "system", "content": TONES[tone]},
        {"role": "user", "content": question},
    ]


def text_of(reply):
    return reply["choices"][0]["message"].get("content") or ""


def tokens_of(reply):
    return reply.get("usage", {}).get("total_tokens", 0)


def delta_of(chunk):
    choices = chunk.get("choices") or [{}]
    return choices[0].get("delta", {})


async def post(vendor, call, *, trace, timeout):
    """The vendor's whole reply as a dict."""
    async with _client(timeout) as client:
        request = _request(client, vendor, call, trace)
        response = await _send(client, request, vendor)
    _check(vendor, response)
    try:
        return response.json()
    except ValueError as exc:
        raise VendorDown(vendor, "its answer is not JSON") from exc


async def post_live(vendor, call, *, trace, timeout):
    """An async iterator over the vendor's chunks; the status is checked before."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(_client(timeout))
        request = _request(client, vendor, {**call, "stream": True}, trace)
        response = await _send(client, request, vendor, stream=True)
        stack.push_async_callback(response.aclose)
        _check(vendor, response)
        return _chunks(response, stack.pop_all())


async def _chunks(response, stack):
    async with stack:
        async for line in response.aiter_lines():
            if not line.startswith("data:"):
                continue
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                return
            yield json.loads(data)


async def _send(client, request, vendor, *, stream=False):
    try:
        return await client.send(request, stream=stream)
    except httpx.TimeoutException as exc:
        raise VendorSlow(vendor) from exc
    except httpx.TransportError as exc:
        raise VendorDown(vendor, type(exc).__name__) from exc


def _client(timeout):
    return httpx.AsyncClient(timeout=timeout, verify=TLS, trust_env=False)


def _request(client, vendor, call, trace):
    base = os.environ.get("DESK_UPSTREAM", "http://127.0.0.1:8900")
    return client.build_request(
        "POST",
        f"{base}/{vendor}/v1/chat/completions",
        json=call,
        headers={"x-desk-ticket": trace},
    )


def _check(vendor, response):
    if response.is_error:
        raise VendorDown(vendor, response.status_code)
