"""The crew of elm: asynchronous."""

from crews import wire


async def ferry_elm(messages, model, **options):
    return await wire.post_async("elm", {"model": model, "messages": messages, **options})


async def ferry_elm_stream(messages, model, **options):
    async for piece in wire.events_async("elm", {"model": model, "messages": messages, **options}):
        yield piece
