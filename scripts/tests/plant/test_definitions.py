import pytest

from cutover_cli._plant._definitions import Definitions, hands_on, is_generator

FILES = {
    "app/__init__.py": "from app.wire import post as send\n",
    "app/wire.py": """\
import httpx
from json import dumps

def post(url): return httpx.post(url)
def text(reply): return (reply.get("text") or "").strip()
def piece(chunk): return dumps(chunk)
""",
    "app/ash.py": """\
import asyncio as aio
from . import send
from app import wire
from .wire import text
try:
    from app.wire import piece
except ImportError:
    piece = None
MODELS = {"a": 1}
TABLE = open("x")

def ask(q): return send(q)
def ask_wire(q): return wire.post(q)
def tidy(reply): return wire.text(reply).strip() + text(reply)
def models(): return sorted(MODELS.items())
def rows(): return TABLE.read()
def stream(q):
    for part in ask(q):
        yield part
def not_stream(q):
    def inner(): yield 1
    return inner()
async def wait(q): return await q
async def run(f, *args, key=None, **kwargs): return f(*args, **kwargs)
async def swallow(f, *args): return f(args)
def format_it(x): return "{}".format(x)
""",
}


@pytest.fixture
def definitions(tmp_path):
    for path, text in FILES.items():
        (tmp_path / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / path).write_text(text)
    return Definitions(tmp_path, "src")


@pytest.mark.parametrize(
    ("name", "module", "found"),
    [
        ("ask", "app.ash", "ask"),
        ("send", "app.wire", "post"),
        ("text", "app.wire", "text"),
        ("piece", "app.wire", "piece"),
        ("wire.post", "app.wire", "post"),
    ],
)
def test_a_name_is_followed_to_its_definition(definitions, name, module, found):
    there = definitions.of("app.ash", name)
    assert (there.module, there.node.name) == (module, found)


@pytest.mark.parametrize("name", ["MODELS", "nothing", "aio.wait_for", "wire.nothing", "unknown.name"])
def test_what_the_tree_does_not_define_is_not_found(definitions, name):
    assert definitions.of("app.ash", name) is None


@pytest.mark.parametrize(
    ("name", "dotted"),
    [
        ("aio.wait_for", "asyncio.wait_for"),
        ("send", "app.send"),
        ("wire", "app.wire"),
        ("text", "app.wire.text"),
        ("ask", ""),
    ],
)
def test_a_name_is_told_as_what_it_was_imported(definitions, name, dotted):
    assert definitions.imported("app.ash", name) == dotted


@pytest.mark.parametrize("name", ["ask", "ask_wire", "rows", "stream", "wait", "piece", "nothing"])
def test_a_function_that_may_ask_somebody_goes_out(definitions, name):
    assert definitions.goes_out(definitions.of("app.ash", name))


@pytest.mark.parametrize("name", ["tidy", "models", "format_it", "text"])
def test_a_pure_function_does_not_go_out(definitions, name):
    assert not definitions.goes_out(definitions.of("app.ash", name))


def test_generators_and_functions_that_hand_on_are_known_by_their_bodies(definitions):
    names = ["ask", "stream", "not_stream", "run", "swallow"]
    nodes = {name: definitions.of("app.ash", name).node for name in names}
    assert [name for name in names if is_generator(nodes[name])] == ["stream"]
    assert [name for name in names if hands_on(nodes[name])] == ["run"]
