"""Nebius: a leading newline comes with every answer."""

from deskrelay.vendors import wire


def nebius_compose(question, tone, *, model):
    return {
        "model": model or "qwen-2.5-72b",
        "messages": wire.messages(question, tone),
    }


async def nebius_ask(call, *, trace, timeout):
    return await wire.post("nebius", call, trace=trace, timeout=timeout)


def nebius_tidy(reply):
    return {"text": wire.text_of(reply).lstrip("\n"), "tokens": wire.tokens_of(reply)}


async def nebius_ask_live(call, *, trace, timeout):
    return await wire.post_live("nebius", call, trace=trace, timeout=timeout)


def nebius_piece(chunk):
    return wire.delta_of(chunk).get("content")
