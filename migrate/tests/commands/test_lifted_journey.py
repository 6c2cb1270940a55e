"""The way of gateways whose branches are different programs: both arms, finish and undo, in processes of their own."""

import pytest

CHAT = '''
"""Chat, in bodies that differ."""

from desk.clients.a import done_a, make_a
from desk.clients.b import make_b
from desk.clients.c import make_c, stream_c
from desk.clients.d import Client

LIMIT = 3


def chat(provider, model):
    tries = 0
    reply = None
    if provider is None:
        return "nobody"
    for tries in range(2):
        try:
            if provider == "a":
                raw = make_a(model, limit=LIMIT)
                reply = done_a(raw)
            elif provider == "b":
                # it answers at once
                reply = [make_b(model)]
            elif isinstance(provider, str) and provider.startswith("c-"):
                reply = make_c(model, provider)
            elif provider == "d":
                client = Client()
                reply = client.run_d(model)
        except ValueError as error:
            reply = str(error)
            continue
        break
    return reply, tries


async def stream(provider, model):
    if provider == "a":
        first = make_a(model)
        found = [first]
    elif provider == "b":
        found = (make_b(model) for _ in range(2))
        found = list(found)
    elif provider == "c":
        found = [part async for part in stream_c(model)]
    else:
        raise LookupError(provider)
    for part in found:
        yield part


class Desk:
    def __init__(self, name):
        self.name = name

    def answer(self, provider, model):
        match provider:
            case "a":
                self.name = make_a(model)
                return self.name
            case "b" | "c":
                return f"{self.name} {make_b(model)}"
            case _:
                return None


def desk(provider, model):
    found = Desk(model)
    return found.answer(provider, model), found.name
'''
IMAGES = """
from desk.clients.a import make_a
from desk.clients.b import make_b


def chat(provider, model):
    if provider == "a":
        return make_a(model, size=1)
    elif provider == "b":
        drawn = make_b(model)
        return [drawn, drawn]
    return None
"""
KEYS = ["a", "b", "c", "c-1", "d"]


@pytest.fixture
def lifted(gateway):
    """A gateway with sites in two files, whose bodies differ."""
    return gateway(CHAT, clients="abcd", desk__images=IMAGES)


def seen(found, arm=""):
    return [found.run(arm=arm, keys=KEYS, module=module)["seen"] for module in ("desk.chat", "desk.images")]


def test_the_whole_way_of_a_lifted_gateway(lifted):
    legacy = seen(lifted)
    before = lifted.files()
    lifted.apply()
    assert lifted.verify().valid
    assert seen(lifted, "legacy") == legacy
    assert seen(lifted, "registry") == legacy
    lifted.finish()
    assert lifted.verify().valid
    assert seen(lifted) == legacy
    lifted.undo()
    assert lifted.files() == before


def test_what_is_left_of_a_lifted_gateway(lifted):
    lifted.apply()
    lifted.finish()
    text, images = lifted.text(), lifted.text("desk/images.py")
    for name in ("_chat_a(model)", "_chat_b(model)", "_stream_c(model)", "_answer_a(self, model)"):
        assert f"def {name}:\n" in text
    assert "async def _stream_a(model):\n" in text
    assert "def _chat_d(" not in text
    assert '            elif provider == "d":\n                client = Client()\n' in text
    assert "    # it answers at once\n" in text
    assert "def chat(provider, model):\n    if provider in " in images
    assert 'provider == "a"' not in text + images


def test_handlers_of_one_name_in_two_files_are_two_slots(lifted):
    plan = lifted.plan()
    assert sorted(site["form"] for site in plan["sites"]) == ["lift"] * 4
    assert len(set(plan["names"]["sites"].values())) == 4
    assert len(set(plan["names"]["columns"].values())) == 4
