"""Runs a gateway in a process of its own: every public function of a module at every key, and what could be seen.

Usage: python runner.py '{"module": "desk.chat", "keys": ["a"]}'
"""

import asyncio
import importlib
import inspect
import json
import sys
from enum import StrEnum


class Name(StrEnum):
    """A key that equals its text, and whose hash is its name's."""

    A = "a"
    X = "x"


class Odd:
    """A key that equals a text and cannot be hashed."""

    __hash__ = None

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return self.text == other

    def __repr__(self):
        return f"Odd({self.text!r})"


SPECIAL = [None, "", "A", " a", "no-such", Name.A, Name.X, Odd("b"), Odd("zed"), ["a"], {"a"}, 0, b"a", ("a", "b")]


async def gathered(generator):
    """All items of an async generator."""
    return [item async for item in generator]


def ended(result):
    """The value of a call, awaited and gathered."""
    if inspect.isasyncgen(result):
        return asyncio.run(gathered(result))
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    return list(result) if inspect.isgenerator(result) else result


def traces():
    """What the clients were asked since the last time."""
    found = []
    for name in sorted(sys.modules):
        trace = getattr(sys.modules[name], "TRACE", None)
        if trace and name.startswith("desk.clients."):
            found += trace
            trace.clear()
    return found


def outcome(function, key, model):
    """What one call gave or raised, and which clients it asked."""
    try:
        seen = ["gave", repr(ended(function(key, model)))]
    except Exception as error:
        seen = ["raised", type(error).__name__, str(error)]
    return [function.__name__, repr(key), model, *seen, traces()]


def main(task):
    """Everything that can be seen of the module: as it is, and with its first makers patched by name."""
    module = importlib.import_module(task["module"])
    functions = [
        value
        for name, value in sorted(vars(module).items())
        if inspect.isfunction(value) and value.__module__ == task["module"] and not name.startswith("_")
    ]
    keys = [*task["keys"], *SPECIAL]

    def seen():
        return [outcome(function, key, model) for function in functions for key in keys for model in ("m", "bad")]

    found = {"names": sorted(name for name in vars(module) if name.startswith(("make", "done"))), "seen": seen()}
    for name in [name for name in found["names"] if name.startswith("make")][:2]:
        setattr(module, name, lambda *args, _name=name, **options: f"patched {_name} {args} {sorted(options)}")
    return {**found, "patched": seen()}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
