"""DeepInfra: wants the maker in front of every model name."""

from deskrelay.vendors import wire


def deepinfra_compose(question, tone, *, model):
    name = model or "llama-3.1-70b"
    return {
        "model": name if "/" in name else f"meta-llama/{name}",
        "messages": wire.messages(question, tone),
    }


async def deepinfra_ask(call, *, trace, timeout):
    return await wire.post("deepinfra", call, trace=trace, timeout=timeout)


def deepinfra_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def deepinfra_ask_live(call, *, trace, timeout):
    return await wire.post_live("deepinfra", call, trace=trace, timeout=timeout)


def deepinfra_piece(chunk):
    return wire.delta_of(chunk).get("content")


def deepinfra_price(tokens):
    return round(tokens * 0.000023, 6)
