"""A Starlette gateway with what real ones have: aliases, a locked crew, retries, spares, a breaker, options, usage."""

import asyncio
import json
import time

import httpx
from crews.elm import ferry_elm, ferry_elm_stream
from crews.fir import count_fir, ferry_fir, ferry_fir_stream
from crews.oak import ferry_oak, ferry_oak_stream, weigh_oak
from crews.wire import ROUTE
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

try:
    from crews.yew import ferry_yew
except ImportError as error:
    ferry_yew, NO_YEW = None, str(error)

ALIASES = {"o": "oak", "oakwood": "oak"}
LOCKED = {"ash"}
TIMEOUTS = {"elm": 45}
MODELS = {"elm": "elm-large"}
RETRIES = {"elm": 2}
SPARES = {"oak": ["fir"], "elm": ["oak", "fir"]}
MOVES_ON = {402, 429, 503, 504}
RESTS = 60
FAILED = {}
OPTIONS = ("temperature", "max_tokens", "n", "stop", "tools", "tool_choice", "user")


class Adrift(Exception):
    """A crew did not get across."""


def known_as(name):
    return ALIASES.get(name, name)


def options_of(load):
    return {name: load[name] for name in OPTIONS if name in load}


def status_of(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code
    if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
        return 504
    return 503 if isinstance(error, httpx.HTTPError) else 500


def resting(crew):
    return len([at for at in FAILED.get(crew, []) if time.monotonic() - at < RESTS]) >= 2


async def crossed(crew, load):
    messages, model, options = load["messages"], load.get("model", "small"), options_of(load)
    limit = TIMEOUTS.get(crew, 30)
    if crew == "oak":
        raw = await asyncio.wait_for(asyncio.to_thread(ferry_oak, messages, model, **options), limit)
        return weigh_oak(raw)
    if crew == "elm":
        return await asyncio.wait_for(ferry_elm(messages, MODELS.get(crew, model), **options), limit)
    if crew == "yew":
        if ferry_yew is None:
            raise Adrift(NO_YEW)
        return await asyncio.to_thread(ferry_yew, messages, model)
    return await asyncio.wait_for(asyncio.to_thread(ferry_fir, messages, model, **options), limit)


async def tried(crew, load):
    for number in range(RETRIES.get(crew, 0)):
        try:
            return await crossed(crew, load)
        except httpx.HTTPStatusError as error:
            if status_of(error) != 429:
                raise
            await asyncio.sleep(2**number)
    return await crossed(crew, load)


async def send(request):
    load = await request.json()
    crew = known_as(load.get("crew", "fir"))
    if crew in LOCKED:
        return JSONResponse({"error": f"{crew} is locked"}, 403, {"x-locked": crew})
    ROUTE.set(request.headers.get("x-route", "r0"))
    if load.get("stream"):
        return StreamingResponse(pieces(crew, load), media_type="text/event-stream", headers={"x-crew": crew})
    status, last = 503, None
    for name in [crew, *SPARES.get(crew, [])]:
        if resting(name):
            continue
        try:
            said = await tried(name, load)
        except Exception as error:
            status, last = status_of(error), error
            FAILED.setdefault(name, []).append(time.monotonic())
            if status not in MOVES_ON:
                break
        else:
            tokens = said.get("usage", {}).get("total_tokens", 0)
            await asyncio.to_thread(count_fir, name, tokens)
            heads = {"x-crew": name, "x-tokens": str(tokens)}
            return JSONResponse({**said, "crew": name, "tokens": tokens}, headers=heads)
    return JSONResponse({"error": str(last), "crew": crew}, status, {"retry-after": "7"} if status == 429 else None)


def pieces_of(crew, load):
    messages, model, options = load["messages"], load.get("model", "small"), options_of(load)
    if crew == "elm":
        return ferry_elm_stream(messages, MODELS.get(crew, model), **options)
    if crew == "oak":
        return iterate_in_threadpool(ferry_oak_stream(messages, model, **options))
    return iterate_in_threadpool(ferry_fir_stream(messages, model, **options))


async def pieces(crew, load):
    stream = pieces_of(crew, load)
    try:
        async for piece in stream:
            yield f"data: {json.dumps(piece)}\n\n"
    except httpx.HTTPError as error:
        yield f"data: {json.dumps({'error': str(error)})}\n\n"
    finally:
        await stream.aclose()
    yield "data: [DONE]\n\n"


def quick(request):
    crew = request.query_params.get("crew", "fir")
    try:
        said = ferry_oak([], "quick") if crew == "oak" else ferry_fir([], "quick")
    except httpx.HTTPError as error:
        raise Adrift(f"{crew} did not cross") from error
    return JSONResponse(said)


app = Starlette(routes=[Route("/send", send, methods=["POST"]), Route("/quick", quick, methods=["POST"])])
