"""Requests and tokens per provider since startup, in memory."""

import threading

_lock = threading.Lock()
_counters: dict[str, dict[str, int]] = {}


def record_usage(provider: str, model: str, token_usage: dict | None) -> None:
    total_tokens = int((token_usage or {}).get("total_tokens") or 0)
    with _lock:
        counter = _counters.setdefault(provider, {"requests": 0, "tokens": 0})
        counter["requests"] += 1
        counter["tokens"] += total_tokens


def snapshot() -> dict[str, dict[str, int]]:
    with _lock:
        return {provider: dict(counter) for provider, counter in sorted(_counters.items())}


def reset() -> None:
    with _lock:
        _counters.clear()
