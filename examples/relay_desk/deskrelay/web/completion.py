"""Drafts, whole and live, and the models of a vendor: where ticket meets vendor."""

from starlette.responses import JSONResponse, StreamingResponse

from deskrelay import journal, lineup
from deskrelay.errors import UnknownVendor
from deskrelay.tariff import price
from deskrelay.ticket import read_ticket
from deskrelay.vendors.cerebras import (
    cerebras_ask,
    cerebras_ask_live,
    cerebras_compose,
    cerebras_models,
    cerebras_piece,
    cerebras_tidy,
)
from deskrelay.vendors.cloudflare import (
    cloudflare_ask,
    cloudflare_ask_live,
    cloudflare_compose,
    cloudflare_models,
    cloudflare_piece,
    cloudflare_tidy,
)
from deskrelay.vendors.cohere import (
    cohere_ask,
    cohere_ask_live,
    cohere_compose,
    cohere_models,
    cohere_piece,
    cohere_tidy,
)
from deskrelay.vendors.deepinfra import (
    deepinfra_ask,
    deepinfra_ask_live,
    deepinfra_compose,
    deepinfra_piece,
    deepinfra_tidy,
)
from deskrelay.vendors.fireworks import (
    fireworks_ask,
    fireworks_ask_live,
    fireworks_compose,
    fireworks_models,
    fireworks_piece,
    fireworks_tidy,
)
from deskrelay.vendors.friendli import (
    friendli_ask,
    friendli_ask_live,
    friendli_compose,
    friendli_piece,
    friendli_tidy,
)
from deskrelay.vendors.groq import (
    groq_ask,
    groq_ask_live,
    groq_compose,
    groq_models,
    groq_piece,
    groq_tidy,
)
from deskrelay.vendors.hyperbolic import (
    hyperbolic_ask,
    hyperbolic_ask_live,
    hyperbolic_compose,
    hyperbolic_piece,
    hyperbolic_tidy,
)
from deskrelay.vendors.mistral import (
    mistral_ask,
    mistral_ask_live,
    mistral_compose,
    mistral_models,
    mistral_piece,
    mistral_tidy,
)
from deskrelay.vendors.moonshot import (
    moonshot_ask,
    moonshot_ask_live,
    moonshot_compose,
    moonshot_models,
    moonshot_piece,
    moonshot_tidy,
)
from deskrelay.vendors.nebius import (
    nebius_ask,
    nebius_ask_live,
    nebius_compose,
    nebius_piece,
    nebius_tidy,
)
from deskrelay.vendors.novita import (
    novita_ask,
    novita_compose,
    novita_tidy,
)
from deskrelay.vendors.nvidia import (
    nvidia_ask,
    nvidia_ask_live,
    nvidia_compose,
    nvidia_piece,
    nvidia_tidy,
)
from deskrelay.vendors.perplexity import (
    perplexity_ask,
    perplexity_ask_live,
    perplexity_compose,
    perplexity_models,
    perplexity_piece,
    perplexity_sources,
    perplexity_tidy,
)
from deskrelay.vendors.sambanova import (
    sambanova_ask,
    sambanova_ask_live,
    sambanova_compose,
    sambanova_piece,
    sambanova_tidy,
)
from deskrelay.vendors.siliconflow import (
    siliconflow_ask,
    siliconflow_ask_live,
    siliconflow_compose,
    siliconflow_models,
    siliconflow_piece,
    siliconflow_tidy,
)
from deskrelay.vendors.together import (
    together_ai_ask,
    together_ai_ask_live,
    together_ai_compose,
    together_ai_models,
    together_ai_piece,
    together_ai_tidy,
)
from deskrelay.vendors.zai import (
    zai_ask,
    zai_ask_live,
    zai_compose,
    zai_models,
    zai_piece,
    zai_tidy,
)
from deskrelay.web.events import as_events

DEFAULT_VENDOR = "groq"
OLD_NAMES = {"cloudflare": "workers-ai", "together": "together-ai", "zhipu": "z.ai"}
AUTO_VENDORS = (
    "mistral",
    "cohere",
    "z.ai",
    "groq",
    "workers-ai",
    "moonshot",
    "siliconflow",
)


async def draft(request):
    """One whole draft for a ticket."""
    ticket = await read_ticket(request)
    vendor = OLD_NAMES.get(ticket.vendor, ticket.vendor)
    if not vendor:
        vendor = DEFAULT_VENDOR
        for candidate in AUTO_VENDORS:
            if lineup.serves(candidate, ticket.model):
                vendor = candidate
                break

    if vendor == "groq":
        call = groq_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await groq_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = groq_tidy(reply)
        journal.record(
            "Groq",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "mistral":
        call = mistral_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await mistral_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = mistral_tidy(reply)
        journal.record(
            "Mistral",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "cohere":
        call = cohere_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await cohere_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = cohere_tidy(reply)
        journal.record(
            "Cohere",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "together-ai":
        call = together_ai_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await together_ai_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = together_ai_tidy(reply)
        journal.record(
            "Together AI",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "fireworks":
        call = fireworks_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await fireworks_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = fireworks_tidy(reply)
        journal.record(
            "Fireworks",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "deepinfra":
        # the maker's name is put in front by deepinfra_compose
        call = deepinfra_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await deepinfra_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = deepinfra_tidy(reply)
        journal.record(
            "DeepInfra",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "workers-ai":
        # a cold model takes over a minute to wake up
        call = cloudflare_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await cloudflare_ask(
            call,
            trace=ticket.number,
            timeout=90,
        )
        answer = cloudflare_tidy(reply)
        journal.record(
            "Cloudflare",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "z.ai":
        call = zai_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await zai_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = zai_tidy(reply)
        journal.record(
            "Z.ai",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "perplexity":
        call = perplexity_compose(ticket.question, ticket.tone, model=ticket.model)
        call.update(ticket.knobs)
        reply = await perplexity_ask(call, trace=ticket.number, timeout=45)
        answer = perplexity_tidy(reply)
        answer["sources"] = perplexity_sources(reply)
        journal.record(
            "Perplexity", "draft", trace=ticket.number, tokens=answer["tokens"]
        )
    elif vendor == "sambanova":
        # queues at busy hours, see the desk's complaint of March
        call = sambanova_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await sambanova_ask(
            call,
            trace=ticket.number,
            timeout=90,
        )
        answer = sambanova_tidy(reply)
        journal.record(
            "SambaNova",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "cerebras":
        call = cerebras_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await cerebras_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = cerebras_tidy(reply)
        journal.record(
            "Cerebras",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "hyperbolic":
        call = hyperbolic_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await hyperbolic_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = hyperbolic_tidy(reply)  # adds up both kinds of tokens
        journal.record(
            "Hyperbolic",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "novita":
        call = novita_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await novita_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = novita_tidy(reply)
        journal.record(
            "Novita",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "nebius":
        call = nebius_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await nebius_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = nebius_tidy(reply)
        journal.record(
            "Nebius AI Studio",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "friendli":
        call = friendli_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await friendli_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = friendli_tidy(reply)
        journal.record(
            "FriendliAI",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "nvidia-nim":
        call = nvidia_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await nvidia_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = nvidia_tidy(reply)
        journal.record(
            "NVIDIA NIM",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor == "siliconflow":
        call = siliconflow_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await siliconflow_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = siliconflow_tidy(reply)
        journal.record(
            "SiliconFlow",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    elif vendor in ("moonshot", "kimi"):
        call = moonshot_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        reply = await moonshot_ask(
            call,
            trace=ticket.number,
            timeout=45,
        )
        answer = moonshot_tidy(reply)
        journal.record(
            "Moonshot",
            "draft",
            trace=ticket.number,
            tokens=answer["tokens"],
        )
    else:
        raise UnknownVendor(vendor)

    answer["cost"] = price(vendor, answer["tokens"])
    return JSONResponse({"ticket": ticket.number, "vendor": vendor, **answer})


async def draft_live(request):
    """The draft for a ticket as it is written, as server-sent events."""
    ticket = await read_ticket(request)
    backend = OLD_NAMES.get(ticket.vendor, ticket.vendor)
    if not backend:
        backend = DEFAULT_VENDOR
        for candidate in AUTO_VENDORS:
            if lineup.serves(candidate, ticket.model):
                backend = candidate
                break

    if backend == "mistral":
        call = mistral_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await mistral_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            mistral_piece,
        )
        journal.record(
            "Mistral",
            "live",
            trace=ticket.number,
        )
    elif backend == "cohere":
        # pieces are objects since their second API
        call = cohere_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await cohere_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            cohere_piece,
        )
        journal.record(
            "Cohere",
            "live",
            trace=ticket.number,
        )
    elif backend == "together-ai":
        call = together_ai_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await together_ai_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            together_ai_piece,
        )
        journal.record(
            "Together AI",
            "live",
            trace=ticket.number,
        )
    elif backend == "fireworks":
        call = fireworks_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await fireworks_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            fireworks_piece,
        )
        journal.record(
            "Fireworks",
            "live",
            trace=ticket.number,
        )
    elif backend == "deepinfra":
        call = deepinfra_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await deepinfra_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            deepinfra_piece,
        )
        journal.record(
            "DeepInfra",
            "live",
            trace=ticket.number,
        )
    elif backend == "workers-ai":
        call = cloudflare_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await cloudflare_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            cloudflare_piece,
        )
        journal.record(
            "Workers AI",
            "live",
            trace=ticket.number,
        )
    elif backend == "z.ai":
        # thinking is off, so the first piece comes at once
        call = zai_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await zai_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            zai_piece,
        )
        journal.record(
            "Z.ai",
            "live",
            trace=ticket.number,
        )
    elif backend == "perplexity":
        call = perplexity_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await perplexity_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            perplexity_piece,
        )
        journal.record(
            "Perplexity",
            "live",
            trace=ticket.number,
        )
    elif backend == "cerebras":
        call = cerebras_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await cerebras_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            cerebras_piece,
        )
        journal.record(
            "Cerebras",
            "live",
            trace=ticket.number,
        )
    elif backend == "sambanova":
        call = sambanova_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await sambanova_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            sambanova_piece,
        )
        journal.record(
            "SambaNova",
            "live",
            trace=ticket.number,
        )
    elif backend == "hyperbolic":
        call = hyperbolic_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await hyperbolic_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            hyperbolic_piece,
        )
        journal.record(
            "Hyperbolic",
            "live",
            trace=ticket.number,
        )
    elif backend == "nebius":
        call = nebius_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await nebius_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            nebius_piece,
        )
        journal.record(
            "Nebius AI Studio",
            "live",
            trace=ticket.number,
        )
    elif backend == "nvidia-nim":
        call = nvidia_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await nvidia_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            nvidia_piece,
        )
        journal.record(
            "NVIDIA NIM",
            "live",
            trace=ticket.number,
        )
    elif backend == "friendli":
        call = friendli_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await friendli_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            friendli_piece,
        )
        journal.record(
            "FriendliAI",
            "live",
            trace=ticket.number,
        )
    elif backend == "siliconflow":
        call = siliconflow_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await siliconflow_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            siliconflow_piece,
        )
        journal.record(
            "SiliconFlow",
            "live",
            trace=ticket.number,
        )
    elif backend == "moonshot":
        call = moonshot_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await moonshot_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            moonshot_piece,
        )
        journal.record(
            "Moonshot",
            "live",
            trace=ticket.number,
        )
    else:
        call = groq_compose(
            ticket.question,
            ticket.tone,
            model=ticket.model,
        )
        call.update(ticket.knobs)
        chunks = await groq_ask_live(
            call,
            trace=ticket.number,
            timeout=120,
        )
        events = as_events(
            chunks,
            groq_piece,
        )
        journal.record(
            "Groq",
            "live",
            trace=ticket.number,
        )

    return StreamingResponse(
        events, media_type="text/event-stream", headers={"x-desk-ticket": ticket.number}
    )


async def catalogue(request):
    """The models of a vendor with room for `floor` tokens."""
    vendor = request.path_params["vendor"]
    floor = int(request.query_params.get("floor", "0"))
    match vendor:
        case "groq":
            title = "Groq"
            models = [entry for entry in groq_models() if entry["context"] >= floor]
        case "mistral":
            title = "Mistral"
            models = [entry for entry in mistral_models() if entry["context"] >= floor]
        case "cohere":
            title = "Cohere"
            models = [entry for entry in cohere_models() if entry["context"] >= floor]
        case "together-ai":
            title = "Together AI"
            models = [
                entry for entry in together_ai_models() if entry["context"] >= floor
            ]
        case "fireworks":
            title = "Fireworks"
            models = [
                entry for entry in fireworks_models() if entry["context"] >= floor
            ]
        case "workers-ai":
            title = "Workers AI"
            models = [
                entry for entry in cloudflare_models() if entry["context"] >= floor
            ]
        case "z.ai":
            title = "Z.ai"
            models = [entry for entry in zai_models() if entry["context"] >= floor]
        case "perplexity":
            title = "Perplexity"
            models = [
                entry for entry in perplexity_models() if entry["context"] >= floor
            ]
        case "cerebras":
            title = "Cerebras"
            models = [entry for entry in cerebras_models() if entry["context"] >= floor]
        case "siliconflow":
            title = "SiliconFlow"
            models = [
                entry for entry in siliconflow_models() if entry["context"] >= floor
            ]
        case "moonshot":
            title = "Moonshot"
            models = [entry for entry in moonshot_models() if entry["context"] >= floor]
        case _:
            # no sizes are known here, so the floor cannot be kept
            title = vendor
            models = [{"id": name} for name in lineup.names(vendor)]
    if not models:
        raise UnknownVendor(vendor)
    return JSONResponse({"vendor": vendor, "title": title, "models": models})
