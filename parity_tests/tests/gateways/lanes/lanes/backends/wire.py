"""Speaks to backends over HTTP, plain and streamed."""

import json
import os

import httpx

UPSTREAM = os.environ.get("LANES_UPSTREAM", "http://upstream.invalid")
CLIENT = httpx.Client(headers={"authorization": "Bearer " + os.environ.get("LANES_KEY", "lanes-test-key-0001")})


def plain(name, messages, model, **options):
    body = {"model": model, "messages": messages, **options}
    response = CLIENT.post(f"{UPSTREAM}/{name}/chat", json=body, timeout=25.0)
    response.raise_for_status()
    return response.json()


def streamed(name, messages, model, **options):
    body = {"model": model, "messages": messages, "stream": True, **options}
    with CLIENT.stream("POST", f"{UPSTREAM}/{name}/chat", json=body, timeout=25.0) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                yield json.loads(line[6:])
