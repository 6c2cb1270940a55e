"""The client of provider beta; what it does is in the behaviour table."""

from tiny_gateway import behaviour


def make_beta_request(messages, model, **options):
    return behaviour.answer("beta", model)


async def make_beta_request_async(messages, model, **options):
    return await behaviour.answer_async("beta", model)


def make_beta_stream(messages, model, **options):
    yield from behaviour.stream("beta", model)


async def make_beta_stream_async(messages, model, **options):
    async for chunk in behaviour.stream_async("beta", model):
        yield chunk
