"""Hyperbolic: bills input and output apart, so tokens are added up here."""

from deskrelay.vendors import wire


def hyperbolic_compose(question, tone, *, model):
    return {
        "model": model or "llama-3.1-405b",
        "messages": wire.messages(question, tone),
    }


async def hyperbolic_ask(call, *, trace, timeout):
    return await wire.post("hyperbolic", call, trace=trace, timeout=timeout)


def hyperbolic_tidy(reply):
    usage = reply.get("usage", {})
    tokens = usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)
    return {"text": wire.text_of(reply).strip(), "tokens": tokens}


async def hyperbolic_ask_live(call, *, trace, timeout):
    return await wire.post_live("hyperbolic", call, trace=trace, timeout=timeout)


def hyperbolic_piece(chunk):
    return wire.delta_of(chunk).get("content")
