"""Perplexity: searches the web and says where it looked."""

from deskrelay.vendors import wire

MODELS = {"sonar": 128000, "sonar-pro": 200000}


def perplexity_compose(question, tone, *, model):
    return {
        "model": model or "sonar",
        "messages": wire.messages(question, tone),
        "web_search_options": {"search_context_size": "low"},
    }


async def perplexity_ask(call, *, trace, timeout):
    return await wire.post("perplexity", call, trace=trace, timeout=timeout)


def perplexity_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


def perplexity_sources(reply):
    return [source["url"] for source in reply.get("search_results", [])]


async def perplexity_ask_live(call, *, trace, timeout):
    return await wire.post_live("perplexity", call, trace=trace, timeout=timeout)


def perplexity_piece(chunk):
    return wire.delta_of(chunk).get("content")


def perplexity_models():
    return [{"id": name, "context": context} for name, context in MODELS.items()]
