"""POST /{site}?providers=alpha,beta tries the providers in order; GET /health calls none."""

import asyncio
import threading

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from cutover_registry import ProviderRegistry, use_registry
from tiny_gateway import providers
from tiny_gateway.alpha_client import (
    make_alpha_request,
    make_alpha_request_async,
    make_alpha_stream,
    make_alpha_stream_async,
)
from tiny_gateway.beta_client import (
    make_beta_request,
    make_beta_request_async,
    make_beta_stream,
    make_beta_stream_async,
)

registry = ProviderRegistry.from_module(providers)
CHAT, CHAT_ASYNC, CHAT_STREAM, CHAT_STREAM_ASYNC = registry.bind(
    globals(), "chat", "chat_async", "chat_stream", "chat_stream_async"
)
TIMEOUTS = {}
MESSAGES = [{"role": "user", "content": "a secret prompt"}]


def call(provider, model):
    if use_registry(CHAT, provider):
        provider_config = CHAT.resolve(provider)
        return provider_config.make_request(MESSAGES, model)
    if provider == "alpha":
        return make_alpha_request(MESSAGES, model)
    if provider == "beta":
        return make_beta_request(MESSAGES, model)
    return None


async def call_async(provider, model):
    if use_registry(CHAT_ASYNC, provider):
        provider_config = CHAT_ASYNC.resolve(provider)
        return await provider_config.make_request_async(MESSAGES, model)
    if provider == "alpha":
        return await make_alpha_request_async(MESSAGES, model)
    if provider == "beta":
        return await make_beta_request_async(MESSAGES, model)
    return None


def open_stream(provider, model):
    if use_registry(CHAT_STREAM, provider):
        provider_config = CHAT_STREAM.resolve(provider)
        return provider_config.make_request_stream(MESSAGES, model)
    if provider == "alpha":
        return make_alpha_stream(MESSAGES, model)
    if provider == "beta":
        return make_beta_stream(MESSAGES, model)
    return None


def open_stream_async(provider, model):
    if use_registry(CHAT_STREAM_ASYNC, provider):
        provider_config = CHAT_STREAM_ASYNC.resolve(provider)
        return provider_config.make_request_stream_async(MESSAGES, model)
    if provider == "alpha":
        return make_alpha_stream_async(MESSAGES, model)
    if provider == "beta":
        return make_beta_stream_async(MESSAGES, model)
    return None


async def failing_over(request, attempt):
    error = None
    for provider in request.query_params["providers"].split(","):
        try:
            return await asyncio.wait_for(
                attempt(provider, request.query_params.get("model", "m-1")), TIMEOUTS.get(provider, 30)
            )
        except Exception as exc:
            error = exc
    return error


def answered(result):
    if isinstance(result, Exception):
        return PlainTextResponse("no provider answered", 502)
    return PlainTextResponse(result)


async def chat(request):
    async def attempt(provider, model):
        return await asyncio.to_thread(call, provider, model)

    return answered(await failing_over(request, attempt))


async def chat_async(request):
    return answered(await failing_over(request, call_async))


async def chat_stream(request):
    async def attempt(provider, model):
        stream = open_stream(provider, model)
        return await asyncio.to_thread(next, stream), stream

    first, stream = await failing_over(request, attempt)

    async def body():
        yield first
        for chunk in stream:
            yield chunk

    return StreamingResponse(body())


async def chat_stream_async(request):
    async def attempt(provider, model):
        stream = open_stream_async(provider, model)
        return await anext(stream), stream

    first, stream = await failing_over(request, attempt)

    async def body():
        yield first
        async for chunk in stream:
            yield chunk

    return StreamingResponse(body())


async def plain_thread(request):
    worker = threading.Thread(target=call, args=("alpha", "m-1"))
    worker.start()
    await asyncio.to_thread(worker.join)
    return PlainTextResponse("done")


async def background(request):
    return PlainTextResponse("soon", background=BackgroundTask(call_async, "beta", "m-1"))


async def early_leave(request):
    stream = open_stream_async("alpha", "m-1")
    first = await anext(stream)
    request.app.state.left = stream
    return PlainTextResponse(first)


async def crash(request):
    await call_async("alpha", "m-1")
    raise ZeroDivisionError("a secret prompt")


async def unready(request):
    return PlainTextResponse("not ready", 500)


async def health(request):
    return PlainTextResponse("fine")


def make_app():
    endpoints = (
        chat,
        chat_async,
        chat_stream,
        chat_stream_async,
        plain_thread,
        background,
        early_leave,
        crash,
        unready,
        health,
    )
    return Starlette(routes=[Route(f"/{one.__name__}", one, methods=["GET", "POST"]) for one in endpoints])
