"""Cohere: takes the tone as a preamble and wants citations switched off."""

from deskrelay.vendors import wire

MODELS = {"command-a": 262144, "command-r7b": 131072}


def cohere_compose(question, tone, *, model):
    preamble, *turns = wire.messages(question, tone)
    return {
        "model": model or "command-a",
        "preamble": preamble["content"],
        "messages": turns,
        "citation_options": {"mode": "off"},
    }


async def cohere_ask(call, *, trace, timeout):
    return await wire.post("cohere", call, trace=trace, timeout=timeout)


def cohere_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def cohere_ask_live(call, *, trace, timeout):
    return await wire.post_live("cohere", call, trace=trace, timeout=timeout)


def cohere_piece(chunk):
    content = wire.delta_of(chunk).get("content")
    return content["text"] if isinstance(content, dict) else content


def cohere_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def cohere_price(tokens):
    return round(tokens * 0.00025, 6)
