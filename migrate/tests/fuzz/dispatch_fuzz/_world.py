"""The project around a generated program: provider clients that only write down their calls, and constants.

Nothing in it reaches outside of the process: a client's function appends to a list and gives a short text.
"""

from __future__ import annotations

import re

KEYS = ("near", "a-b", "x.ai", "Ümlaut", "two words", 'quo"te', "it's", "b_2", "z", "openrouter")
DEFAULT = "openrouter"
WORDS = ("make", "done", "pair", "items", "count", "fetch", "stream", "held")

WORLD = '''"""What every program of the project may call; each call is written down."""

TRACE = []
STATE = {}
LATER = []
PLAIN = {str, bool, int, float, bytes, type(None)}


class Stop(Exception):
    """An upstream error."""


class Busy(Stop):
    """Another one."""


def show(value):
    if value.__class__ in PLAIN:
        return repr(value)
    if isinstance(value, str):
        return repr(str.__str__(value))
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__}({', '.join(map(show, value))})"
    if isinstance(value, (set, frozenset)):
        return f"set({', '.join(sorted(map(show, value)))})"
    if isinstance(value, dict):
        return f"dict({', '.join(show(key) + ': ' + show(item) for key, item in value.items())})"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}{show(value.args)}"
    return f"<{getattr(value, '__name__', None) or type(value).__name__}>"


def trace(*values, **options):
    TRACE.append(("trace", show(values), show(options)))
    return values[0] if values else None


def called(name, args, options):
    TRACE.append((name, show(args), show(options)))
    number = len(TRACE)
    if "bad" in args or ("late" in args and number > 3):
        raise (Stop if number % 2 else Busy)(name, number)
    given = f"{name}#{number}"
    return GIVES.get(name.partition("_")[0], str_of)(given, number)


def str_of(given, number):
    return given


class Later:
    """Something to wait for."""

    def __init__(self, name):
        self.name = name

    def __await__(self):
        TRACE.append(("wait", self.name))
        got = yield self.name
        TRACE.append(("resume", self.name, show(got)))
        return f"{self.name} {got}"


class Stream:
    """Two things, one after the other."""

    def __init__(self, name):
        self.name = name
        self.left = 2

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return await Later(f"{self.name}.{self.left}")


class held:
    """A context, both ways."""

    def __init__(self, value, quiet=()):
        self.value = value
        self.quiet = quiet

    def __enter__(self):
        TRACE.append(("enter", show(self.value)))
        return self.value

    def __exit__(self, kind, error, traceback):
        TRACE.append(("exit", show(self.value), kind and kind.__name__))
        return kind is not None and issubclass(kind, self.quiet)

    async def __aenter__(self):
        return await Later(self.__enter__())

    async def __aexit__(self, *error):
        return self.__exit__(*error)


GIVES = {
    "pair": lambda given, number: (given, number),
    "items": lambda given, number: [given, number],
    "count": lambda given, number: number % 3 + 1,
    "fetch": lambda given, number: Later(given),
    "stream": lambda given, number: Stream(given),
    "held": lambda given, number: held(given),
}


class Hub:
    """Every attribute is a function."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: called(name, args, options)


hub = Hub()


class Request:
    """What a route gets."""

    def __init__(self, provider):
        self.provider = provider
        self.tags = []


def marked(function):
    """A decorator."""
    return function


def stand_in(name):
    """What a test puts in place of a client's function."""
    return lambda *args, **options: called(name, args, options)


def after(function):
    """Call a function when the program has ended."""
    LATER.append(function)
    return function
'''

CONSTANTS = '''"""Names of providers."""

import enum
from enum import Enum

NEAR = "near"
A_B = "a-b"
X_AI: str = "x.ai"


class Provider(str, Enum):
    """As texts."""

    NEAR = "near"
    A_B = "a-b"
    X_AI = "x.ai"
    Z = "z"


class Loud(enum.StrEnum):
    """As texts, too."""

    NEAR = "near"
    B_2 = "b_2"


class Kind(Enum):
    """Plain members."""

    NEAR = "near"
    A_B = "a-b"
'''

CLIENT = '''"""The client of {name}."""

from world import called

{functions}
'''
CLASS = """
class Client_{name}:
    def __init__(self, *args, **options):
        called("Client_{name}", args, options)

    def ask(self, *args, **options):
        return called("ask_{name}", args, options)
"""
FUNCTION = """
def {word}_{name}(*args, **options):
    return called("{word}_{name}", args, options)
"""


def identifier(key: str) -> str:
    """A key as the end of a name."""
    return re.sub(r"\W", "_", key)


def support_files(source: str) -> dict[str, str]:
    """The files that a program reads, by path, without the program itself; what it never names is left out."""
    files = {"pyproject.toml": "", "shop/__init__.py": "", "shop/clients/__init__.py": ""}
    if "shop.keys" in source or "import keys" in source:
        files["shop/keys.py"] = CONSTANTS
    for key in KEYS:
        name = identifier(key)
        functions = [FUNCTION.format(word=word, name=name) for word in WORDS if f"{word}_{name}" in source]
        functions += [CLASS.format(name=name)] if f"Client_{name}" in source else []
        if functions or f"clients.{name}" in source:
            files[f"shop/clients/{name}.py"] = CLIENT.format(name=name, functions="\n".join(functions).strip())
    return files
