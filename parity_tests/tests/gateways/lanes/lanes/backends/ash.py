"""The client of ash."""

from lanes.backends import wire


def ask_ash(messages, model, **options):
    return wire.plain("ash", messages, model, **options)


def tidy_ash(raw):
    return {**raw, "backend": "ash"}


def ask_ash_stream(messages, model, **options):
    return wire.streamed("ash", messages, model, **options)
