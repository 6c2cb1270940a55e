"""A gateway on requests, whose routes run in threads."""

import json
import os

import requests
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("UPSTREAM", "http://upstream.invalid")
KEY = os.environ.get("UPSTREAM_KEY", "sk-replay-0123456789abcdef0123")
SESSION = requests.Session()
SESSION.headers["authorization"] = f"Bearer {KEY}"


def place(provider):
    return f"{UPSTREAM}/{provider}/v1/chat/completions"


def asked(provider, body):
    try:
        response = SESSION.post(place(provider), json=body, timeout=(3, 20))
        response.raise_for_status()
    except requests.RequestException:
        response = SESSION.post(place("spare"), json=body, timeout=20)
    return JSONResponse(response.json(), response.status_code)


async def talk(request):
    body = await request.json()
    return await run_in_threadpool(asked, body.pop("provider"), body)


async def streamed(request):
    body = await request.json()
    provider = body.pop("provider")

    def pieces():
        try:
            with SESSION.post(place(provider), json={**body, "stream": True}, stream=True, timeout=20) as response:
                yield from response.iter_content(None)
        except requests.RequestException as error:
            yield f"data: {json.dumps({'error': type(error).__name__})}\n\n".encode()

    return StreamingResponse(pieces(), media_type="text/event-stream")


app = Starlette(routes=[Route("/talk", talk, methods=["POST"]), Route("/stream", streamed, methods=["POST"])])
