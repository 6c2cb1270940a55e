"""The stones of the mill."""

import httpx


def _grind(stone, grain, kind):
    answer = httpx.post(f"http://{stone}.invalid/grind", json={"model": kind, "messages": [grain]}, timeout=7)
    answer.raise_for_status()
    return answer.json()


def grind_flint(grain, kind):
    return _grind("flint", grain, kind)


def grind_slate(grain, kind):
    return _grind("slate", grain, kind)


def _pour(stone, grain, kind):
    with httpx.stream(
        "POST", f"http://{stone}.invalid/pour", json={"model": kind, "stream": True}, timeout=7
    ) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            yield line + "\n"


def pour_flint(grain, kind):
    return _pour("flint", grain, kind)


def pour_slate(grain, kind):
    return _pour("slate", grain, kind)
