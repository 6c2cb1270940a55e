"""A gateway on aiohttp's client, with one session for all routes."""

import contextlib
import json
import os

import aiohttp
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("UPSTREAM", "http://upstream.invalid")
KEY = os.environ.get("UPSTREAM_KEY", "sk-replay-0123456789abcdef0123")
TIMEOUT = aiohttp.ClientTimeout(total=20)


def place(provider):
    return f"{UPSTREAM}/{provider}/v1/chat/completions"


@contextlib.asynccontextmanager
async def lifespan(app):
    async with aiohttp.ClientSession(timeout=TIMEOUT, headers={"authorization": f"Bearer {KEY}"}) as session:
        app.state.session = session
        yield


async def talk(request):
    body, session = await request.json(), request.app.state.session
    provider = body.pop("provider")
    try:
        async with session.post(place(provider), json=body, raise_for_status=True) as response:
            return JSONResponse(await response.json())
    except (aiohttp.ClientError, TimeoutError):
        async with session.post(place("spare"), json=body) as response:
            return JSONResponse(await response.json(), response.status)


async def streamed(request):
    body, session = await request.json(), request.app.state.session
    provider = body.pop("provider")

    async def pieces():
        try:
            async with session.post(place(provider), json={**body, "stream": True}) as response:
                async for piece in response.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            yield f"data: {json.dumps({'error': type(error).__name__})}\n\n".encode()

    return StreamingResponse(pieces(), media_type="text/event-stream")


app = Starlette(
    routes=[Route("/talk", talk, methods=["POST"]), Route("/stream", streamed, methods=["POST"])], lifespan=lifespan
)
