"""Speaks to the crews over HTTP; the route's number goes along in a header."""

import contextvars
import json

import httpx

ROUTE = contextvars.ContextVar("route", default="none")
TIMEOUT = httpx.Timeout(20, connect=4)
KEYS = {"oak": "oak-key-0123456789", "elm": "elm-key-0123456789", "fir": "fir-key-0123456789"}


def place(crew):
    return f"http://{crew}.crews.invalid/v1/chat"


def heads(crew):
    return {"authorization": f"Bearer {KEYS[crew]}", "x-route": ROUTE.get(), "accept": "application/json"}


def post(crew, body):
    with httpx.Client(timeout=TIMEOUT) as client:
        answer = client.post(place(crew), json=body, headers=heads(crew))
        answer.raise_for_status()
        return answer.json()


async def post_async(crew, body):
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        answer = await client.post(place(crew), json=body, headers=heads(crew))
        answer.raise_for_status()
        return answer.json()


def events(crew, body):
    with (
        httpx.Client(timeout=TIMEOUT) as client,
        client.stream("POST", place(crew), json={**body, "stream": True}, headers=heads(crew)) as answer,
    ):
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])


async def events_async(crew, body):
    async with (
        httpx.AsyncClient(timeout=TIMEOUT) as client,
        client.stream("POST", place(crew), json={**body, "stream": True}, headers=heads(crew)) as answer,
    ):
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])
