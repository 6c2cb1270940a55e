"""Together AI: open models, which leave their stop marks in the text."""

from deskrelay.vendors import wire

MODELS = {"llama-4-scout": 327680, "qwen-2.5-72b": 32768, "gemma-3-27b": 65536}
STOP_MARKS = ("</s>", "<|eot_id|>")


def together_ai_compose(question, tone, *, model):
    return {
        "model": model or "llama-4-scout",
        "messages": wire.messages(question, tone),
        "stop": list(STOP_MARKS),
    }


async def together_ai_ask(call, *, trace, timeout):
    return await wire.post("together-ai", call, trace=trace, timeout=timeout)


def together_ai_tidy(reply):
    text = wire.text_of(reply)
    for mark in STOP_MARKS:
        text = text.removesuffix(mark)
    return {"text": text.strip(), "tokens": wire.tokens_of(reply)}


async def together_ai_ask_live(call, *, trace, timeout):
    return await wire.post_live("together-ai", call, trace=trace, timeout=timeout)


def together_ai_piece(chunk):
    text = wire.delta_of(chunk).get("content")
    return None if text in STOP_MARKS else text


def together_ai_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]


def together_ai_price(tokens):
    return round(tokens * 0.000018, 6)
