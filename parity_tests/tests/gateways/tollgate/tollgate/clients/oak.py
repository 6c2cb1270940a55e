"""The oak provider."""

import httpx

BASE = "https://oak.invalid/v1"


def ask_oak(messages, model, **options):
    answer = httpx.post(f"{BASE}/chat", json={"messages": messages, "model": model, **options}, timeout=20)
    answer.raise_for_status()
    return answer.json()


def tidy_oak(raw):
    return {"from": "oak", "choices": raw["choices"]}
