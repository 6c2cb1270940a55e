"""Z.ai: thinks aloud unless told not to."""

from deskrelay.vendors import wire

MODELS = {"glm-4.6": 200000, "glm-4.5-air": 131072}


def zai_compose(question, tone, *, model):
    return {
        "model": model or "glm-4.5-air",
        "messages": wire.messages(question, tone),
        "thinking": {"type": "disabled"},
    }


async def zai_ask(call, *, trace, timeout):
    return await wire.post("z.ai", call, trace=trace, timeout=timeout)


def zai_tidy(reply):
    text = wire.text_of(reply).rpartition("</think>")[2]
    return {"text": text.strip(), "tokens": wire.tokens_of(reply)}


async def zai_ask_live(call, *, trace, timeout):
    return await wire.post_live("z.ai", call, trace=trace, timeout=timeout)


def zai_piece(chunk):
    return wire.delta_of(chunk).get("content")


def zai_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]
