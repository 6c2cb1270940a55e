"""Groq: fast, small context; counts its own time in the usage."""

from deskrelay.vendors import wire

MODELS = {"llama-3.3-70b": 131072, "llama-3.1-8b": 131072, "gemma2-9b": 8192}


def groq_compose(question, tone, *, model):
    return {
        "model": model or "llama-3.3-70b",
        "messages": wire.messages(question, tone),
        "service_tier": "auto",
    }


async def groq_ask(call, *, trace, timeout):
    return await wire.post("groq", call, trace=trace, timeout=timeout)


def groq_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def groq_ask_live(call, *, trace, timeout):
    return await wire.post_live("groq", call, trace=trace, timeout=timeout)


def groq_piece(chunk):
    return wire.delta_of(chunk).get("content")


def groq_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def groq_price(tokens):
    return round(tokens * 0.000059, 6)
