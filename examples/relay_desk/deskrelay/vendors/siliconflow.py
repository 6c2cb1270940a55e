"""SiliconFlow: cuts answers short unless told how long they may be."""

from deskrelay.vendors import wire

MODELS = {"ling-flash-2.0": 131072, "hunyuan-a13b": 131072, "glm-z1-9b": 32768}


def siliconflow_compose(question, tone, *, model):
    return {
        "model": model or "ling-flash-2.0",
        "messages": wire.messages(question, tone),
        "max_tokens": 1024,
    }


async def siliconflow_ask(call, *, trace, timeout):
    return await wire.post("siliconflow", call, trace=trace, timeout=timeout)


def siliconflow_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def siliconflow_ask_live(call, *, trace, timeout):
    return await wire.post_live("siliconflow", call, trace=trace, timeout=timeout)


def siliconflow_piece(chunk):
    return wire.delta_of(chunk).get("content")


def siliconflow_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def siliconflow_price(tokens):
    return round(tokens * 0.000021, 6)
