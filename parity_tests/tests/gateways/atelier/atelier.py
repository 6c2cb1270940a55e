"""A gateway on the openai SDK: asynchronous, and synchronous in a thread; streamed and plain."""

import asyncio
import json

import openai
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route


def client(kind, studio):
    return kind(
        base_url=f"http://{studio}.studios.invalid/v1",
        api_key="sk-atelier-0123456789abcdef",
        timeout=20,
        max_retries=1,
        default_headers={"x-studio": studio},
    )


def wanted(body):
    return {name: body[name] for name in ("model", "messages", "n", "stop", "tools") if name in body}


async def paint(request):
    body = await request.json()
    studio = body.get("studio", "main")
    if body.get("stream"):
        return StreamingResponse(strokes(studio, body), media_type="text/event-stream")
    try:
        if studio == "main":
            async with client(openai.AsyncOpenAI, studio) as api:
                done = await api.chat.completions.create(**wanted(body))
        else:
            with client(openai.OpenAI, studio) as api:
                done = await asyncio.to_thread(api.chat.completions.create, **wanted(body))
    except openai.RateLimitError as error:
        return JSONResponse({"error": error.message}, 429, {"retry-after": "3"})
    except openai.APIError as error:
        return JSONResponse({"error": type(error).__name__}, 502)
    return JSONResponse(done.model_dump(exclude_none=True))


async def strokes(studio, body):
    async with client(openai.AsyncOpenAI, studio) as api:
        options = {"include_usage": True}
        async for part in await api.chat.completions.create(stream=True, stream_options=options, **wanted(body)):
            yield f"data: {json.dumps(part.model_dump(exclude_none=True))}\n\n"


app = Starlette(routes=[Route("/paint", paint, methods=["POST"])])
