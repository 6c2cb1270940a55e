"""A Starlette gateway in one module: the backend comes in a header, all is async, streams are async generators."""

import asyncio
import datetime
import json
import random
import secrets
import time

import httpx
import piers
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

ALIASES = {"n": "north"}


async def load(request):
    cargo = await request.json()
    pier = request.headers.get("x-pier", "south")
    pier = ALIASES.get(pier, pier)
    if cargo.get("stream"):
        return StreamingResponse(frames(pier, cargo), media_type="text/event-stream")
    try:
        match pier:
            case "north":
                landed = await asyncio.wait_for(piers.north(cargo), 12)
            case "east":
                landed = await asyncio.wait_for(piers.east(cargo, lane="cold"), 12)
            case _:
                landed = await piers.south(cargo)
    except httpx.HTTPError as error:
        return JSONResponse({"lost": str(error), "pier": pier}, status_code=502)
    token = secrets.token_hex(4)
    stamp = datetime.datetime.now(datetime.UTC).isoformat()
    return JSONResponse({**landed, "token": token, "stamp": stamp, "at": time.time(), "dice": random.random()})


async def frames(pier, cargo):
    match pier:
        case "north":
            stream = piers.north_stream(cargo)
        case _:
            stream = piers.south_stream(cargo)
    async for piece in stream:
        yield f"event: piece\ndata: {json.dumps(piece)}\n\n"


def build():
    return Starlette(routes=[Route("/load", load, methods=["POST"])])
