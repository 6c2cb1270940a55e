"""A gateway on httpx; its own suite runs under respx."""

import json
import os

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("UPSTREAM", "http://upstream.invalid")
KEY = os.environ.get("UPSTREAM_KEY", "sk-replay-0123456789abcdef0123")
HEADERS = {"authorization": f"Bearer {KEY}"}


def place(provider):
    return f"{UPSTREAM}/{provider}/v1/chat/completions"


async def talk(request):
    body = await request.json()
    provider = body.pop("provider")
    async with httpx.AsyncClient(timeout=20, headers=HEADERS) as client:
        try:
            response = await client.post(place(provider), json=body)
            response.raise_for_status()
        except httpx.HTTPError:
            response = await client.post(place("spare"), json=body)
    return JSONResponse(response.json(), response.status_code)


async def streamed(request):
    body = await request.json()
    provider = body.pop("provider")

    async def pieces():
        async with httpx.AsyncClient(timeout=20, headers=HEADERS) as client:
            try:
                async with client.stream("POST", place(provider), json={**body, "stream": True}) as response:
                    async for piece in response.aiter_raw():
                        yield piece
            except httpx.HTTPError as error:
                yield f"data: {json.dumps({'error': type(error).__name__})}\n\n".encode()

    return StreamingResponse(pieces(), media_type="text/event-stream")


app = Starlette(routes=[Route("/talk", talk, methods=["POST"]), Route("/stream", streamed, methods=["POST"])])
