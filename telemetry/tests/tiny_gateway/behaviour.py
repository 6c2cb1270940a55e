"""What each provider does when it is called: "ok", "503", "raise", "cut" (after a chunk), "hang" (until released)."""

import asyncio
import threading

TABLE = {}
released = threading.Event()


class UpstreamError(Exception):
    def __init__(self, status_code):
        super().__init__("upstream said: a secret prompt")
        self.status_code = status_code


def answer(provider, model):
    match TABLE.get(provider, "ok"):
        case "503":
            raise UpstreamError(503)
        case "raise":
            raise ConnectionResetError("a secret prompt")
        case "hang":
            released.wait(30)
    return f"{provider}:{model}"


async def answer_async(provider, model):
    if TABLE.get(provider) == "hang":
        await asyncio.sleep(30)
    return answer(provider, model)


def stream(provider, model):
    yield answer(provider, model)
    if TABLE.get(provider) == "cut":
        raise UpstreamError(502)
    yield "end"


async def stream_async(provider, model):
    yield answer(provider, model)
    if TABLE.get(provider) == "cut":
        raise UpstreamError(502)
    if TABLE.get(provider) == "slow":
        await asyncio.sleep(30)
    yield "end"
