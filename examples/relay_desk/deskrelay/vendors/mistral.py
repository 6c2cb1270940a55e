"""Mistral: its own guard prompt can be asked for."""

from deskrelay.vendors import wire

MODELS = {"mistral-large": 131072, "mistral-small": 32768, "codestral-2": 262144}


def mistral_compose(question, tone, *, model):
    return {
        "model": model or "mistral-small",
        "messages": wire.messages(question, tone),
        "safe_prompt": tone == "formal",
    }


async def mistral_ask(call, *, trace, timeout):
    return await wire.post("mistral", call, trace=trace, timeout=timeout)


def mistral_tidy(reply):
    text = wire.text_of(reply)
    return {
        "text": text.removeprefix("Answer:").strip(),
        "tokens": wire.tokens_of(reply),
    }


async def mistral_ask_live(call, *, trace, timeout):
    return await wire.post_live("mistral", call, trace=trace, timeout=timeout)


def mistral_piece(chunk):
    return wire.delta_of(chunk).get("content")


def mistral_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def mistral_price(tokens):
    return round(tokens * 0.00002, 6)
