"""The client of provider alpha; what it does is in the behaviour table."""

from tiny_gateway import behaviour


def make_alpha_request(messages, model, **options):
    return behaviour.answer("alpha", model)


async def make_alpha_request_async(messages, model, **options):
    return await behaviour.answer_async("alpha", model)


def make_alpha_stream(messages, model, **options):
    yield from behaviour.stream("alpha", model)


async def make_alpha_stream_async(messages, model, **options):
    async for chunk in behaviour.stream_async("alpha", model):
        yield chunk
