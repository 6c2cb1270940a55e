"""Novita: whole answers only; its streams were switched off for our account."""

from deskrelay.vendors import wire


def novita_compose(question, tone, *, model):
    return {
        "model": model or "mythomax-13b",
        "messages": wire.messages(question, tone),
        "separate_reasoning": True,
    }


async def novita_ask(call, *, trace, timeout):
    return await wire.post("novita", call, trace=trace, timeout=timeout)


def novita_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}
