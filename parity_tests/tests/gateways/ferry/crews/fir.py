"""The crew of fir, which takes whatever nobody else does."""

from crews import wire


def ferry_fir(messages, model, **options):
    return wire.post("fir", {"model": model, "messages": messages, **options})


def ferry_fir_stream(messages, model, **options):
    return wire.events("fir", {"model": model, "messages": messages, **options})


def count_fir(crew, tokens):
    wire.post("fir", {"model": "count", "messages": [], "crew": crew, "tokens": tokens})
