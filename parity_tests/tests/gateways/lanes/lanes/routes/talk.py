"""The talk endpoint: three backends, a failover loop, plain and streamed."""

import asyncio
import json
import uuid

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse

from lanes.backends.ash import ask_ash, ask_ash_stream, tidy_ash
from lanes.backends.birch import ask_birch, tidy_birch
from lanes.backends.cedar import ask_cedar, ask_cedar_stream, tidy_cedar

router = APIRouter()
TIMEOUTS = {"birch": 90}
FALLBACKS = ["ash", "cedar"]
MOVES_ON = {401, 403, 404, 502, 503, 504}


def status_of(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code
    if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
        return 504
    if isinstance(error, httpx.HTTPError):
        return 502
    return 500


def lanes_for(backend):
    return [backend] + [other for other in FALLBACKS if other != backend]


@router.post("/v1/talk")
async def talk(request: dict):
    messages, model = request.get("messages", []), request.get("model", "m")
    options = {name: request[name] for name in ("temperature",) if name in request}
    failure = None
    for backend in lanes_for(request.get("backend", "cedar")):
        try:
            if request.get("stream"):
                stream = await open_stream(backend, messages, model, options)
                return StreamingResponse(events(stream), media_type="text/event-stream")
            limit = TIMEOUTS.get(backend, 30)
            if backend == "ash":
                raw = await asyncio.wait_for(asyncio.to_thread(ask_ash, messages, model, **options), timeout=limit)
                done = await asyncio.to_thread(tidy_ash, raw)
            elif backend == "birch":
                raw = await asyncio.wait_for(asyncio.to_thread(ask_birch, messages, model, **options), timeout=limit)
                done = await asyncio.to_thread(tidy_birch, raw)
            else:
                raw = await asyncio.wait_for(asyncio.to_thread(ask_cedar, messages, model, **options), timeout=limit)
                done = await asyncio.to_thread(tidy_cedar, raw)
            return {"request_id": str(uuid.uuid4()), **done}
        except Exception as error:
            failure = status_of(error)
            if failure not in MOVES_ON:
                break
    raise HTTPException(failure, detail={"error": "no backend answered"})


async def open_stream(backend, messages, model, options):
    if backend == "ash":
        return await asyncio.to_thread(ask_ash_stream, messages, model, **options)
    return await asyncio.to_thread(ask_cedar_stream, messages, model, **options)


def events(stream):
    for item in stream:
        yield f"data: {json.dumps(item)}\n\n"
    yield "data: [DONE]\n\n"
