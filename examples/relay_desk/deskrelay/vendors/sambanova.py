"""SambaNova: queues at busy hours."""

from deskrelay.vendors import wire


def sambanova_compose(question, tone, *, model):
    return {
        "model": model or "deepseek-v3",
        "messages": wire.messages(question, tone),
    }


async def sambanova_ask(call, *, trace, timeout):
    return await wire.post("sambanova", call, trace=trace, timeout=timeout)


def sambanova_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def sambanova_ask_live(call, *, trace, timeout):
    return await wire.post_live("sambanova", call, trace=trace, timeout=timeout)


def sambanova_piece(chunk):
    return wire.delta_of(chunk).get("content")
