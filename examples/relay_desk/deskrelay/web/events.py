"""Turns a vendor's chunks into the server-sent events that a desk reads."""

import json

import httpx


async def as_events(chunks, piece):
    """One event a piece of text, then `done`; `failed` if the vendor breaks off."""
    try:
        async for chunk in chunks:
            text = piece(chunk)
            if text:
                yield f"event: piece\ndata: {json.dumps(text)}\n\n"
    except (httpx.HTTPError, ValueError) as exc:
        yield f"event: failed\ndata: {json.dumps(type(exc).__name__)}\n\n"
    else:
        yield "event: done\ndata: {}\n\n"
