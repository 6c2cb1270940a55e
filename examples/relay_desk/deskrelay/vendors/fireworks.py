"""Fireworks: model names are paths under the account that owns them."""

from deskrelay.vendors import wire

MODELS = {"llama-v3p1-70b": 131072, "mixtral-8x22b": 65536}


def fireworks_compose(question, tone, *, model):
    name = model or "llama-v3p1-70b"
    return {
        "model": name if "/" in name else f"accounts/fireworks/models/{name}",
        "messages": wire.messages(question, tone),
    }


async def fireworks_ask(call, *, trace, timeout):
    return await wire.post("fireworks", call, trace=trace, timeout=timeout)


def fireworks_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def fireworks_ask_live(call, *, trace, timeout):
    return await wire.post_live("fireworks", call, trace=trace, timeout=timeout)


def fireworks_piece(chunk):
    return wire.delta_of(chunk).get("content")


def fireworks_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def fireworks_price(tokens):
    return round(tokens * 0.00009, 6)
