"""The fir provider."""

import httpx

BASE = "https://fir.invalid/v1"


def ask_fir(messages, model, **options):
    answer = httpx.post(f"{BASE}/chat", json={"messages": messages, "model": model, **options}, timeout=20)
    answer.raise_for_status()
    return answer.json()


def tidy_fir(raw):
    return {"from": "fir", "choices": raw["choices"]}
