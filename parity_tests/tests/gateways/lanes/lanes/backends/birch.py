"""The client of birch."""

from lanes.backends import wire


def ask_birch(messages, model, **options):
    return wire.plain("birch", messages, model, **options)


def tidy_birch(raw):
    return {**raw, "backend": "birch"}


def ask_birch_stream(messages, model, **options):
    return wire.streamed("birch", messages, model, **options)
