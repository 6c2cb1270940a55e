"""A gateway on the openai SDK: sync in a thread, async, streamed, with tools; it fails over when a provider fails."""

import asyncio
import json
import os

import openai
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("UPSTREAM", "http://upstream.invalid")
KEY = os.environ.get("UPSTREAM_KEY", "sk-replay-0123456789abcdef0123")


def base(provider):
    return f"{UPSTREAM}/{provider}/v1"


def client(kind, provider):
    return kind(base_url=base(provider), api_key=KEY, timeout=20, max_retries=1)


async def talk(request):
    body = await request.json()
    provider, way = body.pop("provider"), body.pop("way", "async")
    if way == "thread":
        with client(openai.OpenAI, provider) as api:
            answer = await asyncio.to_thread(api.chat.completions.create, **body)
    else:
        answer = await asked(provider, body)
    return JSONResponse(answer.model_dump(exclude_none=True))


async def asked(provider, body):
    async with client(openai.AsyncOpenAI, provider) as api:
        try:
            return await api.chat.completions.create(**body)
        except (openai.APIStatusError, openai.APIConnectionError):
            async with client(openai.AsyncOpenAI, "spare") as spare:
                return await spare.chat.completions.create(**body)


async def streamed(request):
    body = await request.json()
    provider, way = body.pop("provider"), body.pop("way", "async")

    async def events():
        async with client(openai.AsyncOpenAI, provider) as api:
            try:
                async for part in await api.chat.completions.create(stream=True, **body):
                    yield f"data: {json.dumps(part.model_dump(exclude_none=True))}\n\n"
            except openai.APIError as error:
                yield f"data: {json.dumps({'error': type(error).__name__})}\n\n"
            except Exception as error:
                yield f"data: {json.dumps({'broken': type(error).__name__})}\n\n"

    def events_in_thread():
        with client(openai.OpenAI, provider) as api:
            for part in api.chat.completions.create(stream=True, **body):
                yield f"data: {json.dumps(part.model_dump(exclude_none=True))}\n\n"

    return StreamingResponse(events() if way == "async" else events_in_thread(), media_type="text/event-stream")


app = Starlette(routes=[Route("/talk", talk, methods=["POST"]), Route("/stream", streamed, methods=["POST"])])
