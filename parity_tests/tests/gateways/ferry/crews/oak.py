"""The crew of oak: synchronous."""

from crews import wire


def ferry_oak(messages, model, **options):
    return wire.post("oak", {"model": model, "messages": messages, **options})


def ferry_oak_stream(messages, model, **options):
    return wire.events("oak", {"model": model, "messages": messages, **options})


def weigh_oak(raw):
    return {**raw, "weighed": True}
