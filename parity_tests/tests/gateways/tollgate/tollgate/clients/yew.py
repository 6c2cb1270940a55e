"""The yew provider."""

import httpx

BASE = "https://yew.invalid/v1"


def ask_yew(messages, model, **options):
    answer = httpx.post(f"{BASE}/chat", json={"messages": messages, "model": model, **options}, timeout=20)
    answer.raise_for_status()
    return answer.json()


def tidy_yew(raw):
    return {"from": "yew", "choices": raw["choices"]}
