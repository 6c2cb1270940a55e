"""NVIDIA NIM: thinks aloud when the system prompt does not forbid it."""

from deskrelay.vendors import wire


def nvidia_compose(question, tone, *, model):
    system, *turns = wire.messages(question, tone)
    system["content"] += " detailed thinking off"
    return {
        "model": model or "nemotron-super-49b",
        "messages": [system, *turns],
    }


async def nvidia_ask(call, *, trace, timeout):
    return await wire.post("nvidia-nim", call, trace=trace, timeout=timeout)


def nvidia_tidy(reply):
    text = wire.text_of(reply).rpartition("</think>")[2]
    return {"text": text.strip(), "tokens": wire.tokens_of(reply)}


async def nvidia_ask_live(call, *, trace, timeout):
    return await wire.post_live("nvidia-nim", call, trace=trace, timeout=timeout)


def nvidia_piece(chunk):
    return wire.delta_of(chunk).get("content")
