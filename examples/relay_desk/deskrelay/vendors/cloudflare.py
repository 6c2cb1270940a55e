"""Cloudflare Workers AI: model names start with @cf/."""

from deskrelay.vendors import wire

MODELS = {"@cf/llama-3.1-8b": 32000, "@cf/gemma-3-12b": 80000}


def cloudflare_compose(question, tone, *, model):
    name = model or "@cf/llama-3.1-8b"
    return {
        "model": name if name.startswith("@cf/") else f"@cf/{name}",
        "messages": wire.messages(question, tone),
    }


async def cloudflare_ask(call, *, trace, timeout):
    return await wire.post("workers-ai", call, trace=trace, timeout=timeout)


def cloudflare_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def cloudflare_ask_live(call, *, trace, timeout):
    return await wire.post_live("workers-ai", call, trace=trace, timeout=timeout)


def cloudflare_piece(chunk):
    return chunk.get("response") or wire.delta_of(chunk).get("content")


def cloudflare_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]
