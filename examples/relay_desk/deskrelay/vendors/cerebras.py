"""Cerebras: very fast; a seed keeps drafts for one ticket alike."""

from deskrelay.vendors import wire

MODELS = {"llama-3.3-70b": 65536, "qwen-3-32b": 65536}


def cerebras_compose(question, tone, *, model):
    return {
        "model": model or "llama-3.3-70b",
        "messages": wire.messages(question, tone),
        "seed": 7,
    }


async def cerebras_ask(call, *, trace, timeout):
    return await wire.post("cerebras", call, trace=trace, timeout=timeout)


def cerebras_tidy(reply):
    text = wire.text_of(reply).rpartition("</think>")[2]
    return {"text": text.strip(), "tokens": wire.tokens_of(reply)}


async def cerebras_ask_live(call, *, trace, timeout):
    return await wire.post_live("cerebras", call, trace=trace, timeout=timeout)


def cerebras_piece(chunk):
    return wire.delta_of(chunk).get("content")


def cerebras_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]
