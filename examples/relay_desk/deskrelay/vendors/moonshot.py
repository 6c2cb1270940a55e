"""Moonshot, maker of Kimi; desks use either name."""

from deskrelay.vendors import wire

MODELS = {"kimi-k2": 262144, "kimi-latest": 131072, "moonshot-v1-8k": 8192}


def moonshot_compose(question, tone, *, model):
    return {
        "model": model or "kimi-latest",
        "messages": wire.messages(question, tone),
        "n": 1,
    }


async def moonshot_ask(call, *, trace, timeout):
    return await wire.post("moonshot", call, trace=trace, timeout=timeout)


def moonshot_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def moonshot_ask_live(call, *, trace, timeout):
    return await wire.post_live("moonshot", call, trace=trace, timeout=timeout)


def moonshot_piece(chunk):
    return wire.delta_of(chunk).get("content")


def moonshot_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]
