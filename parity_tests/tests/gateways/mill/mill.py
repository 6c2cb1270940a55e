"""A FastAPI gateway of synchronous endpoints: the stone comes in the query, streams are generators of text lines."""

import concurrent.futures

import httpx
import stones
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

app = FastAPI()
HANDS = concurrent.futures.ThreadPoolExecutor(2)
grind_flint = stones.grind_flint
grind_slate = stones.grind_slate
pour_flint = stones.pour_flint
pour_slate = stones.pour_slate


@app.post("/grind")
def grind(sack: dict, stone: str = "slate"):
    if stone == "flint":
        waiting = HANDS.submit(grind_flint, sack["grain"], "fine")
    else:
        waiting = HANDS.submit(grind_slate, sack["grain"], "fine")
    try:
        flour = waiting.result(timeout=9)
    except httpx.HTTPError as error:
        raise HTTPException(503, "the stone stands still") from error
    return {
        "flour": flour["choices"][0]["message"]["content"],
        "used": flour.usage.total_tokens if hasattr(flour, "usage") else 0,
    }


@app.post("/pour")
def pour(sack: dict, stone: str = "slate"):
    if stone == "flint":
        lines = pour_flint(sack["grain"], "fine")
        return StreamingResponse(lines, media_type="text/event-stream")
    lines = pour_slate(sack["grain"], "fine")
    return StreamingResponse(lines, media_type="text/event-stream")
