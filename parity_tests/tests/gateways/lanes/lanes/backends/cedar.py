"""The client of cedar."""

from lanes.backends import wire


def ask_cedar(messages, model, **options):
    return wire.plain("cedar", messages, model, **options)


def tidy_cedar(raw):
    return {**raw, "backend": "cedar"}


def ask_cedar_stream(messages, model, **options):
    return wire.streamed("cedar", messages, model, **options)
