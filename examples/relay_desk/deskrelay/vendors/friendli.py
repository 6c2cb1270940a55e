"""FriendliAI: answers with tool calls unless they are switched off."""

from deskrelay.vendors import wire


def friendli_compose(question, tone, *, model):
    return {
        "model": model or "exaone-4.0-32b",
        "messages": wire.messages(question, tone),
        "tool_choice": "none",
    }


async def friendli_ask(call, *, trace, timeout):
    return await wire.post("friendli", call, trace=trace, timeout=timeout)


def friendli_tidy(reply):
    return {"text": wire.text_of(reply).strip(), "tokens": wire.tokens_of(reply)}


async def friendli_ask_live(call, *, trace, timeout):
    return await wire.post_live("friendli", call, trace=trace, timeout=timeout)


def friendli_piece(chunk):
    return wire.delta_of(chunk).get("content")
