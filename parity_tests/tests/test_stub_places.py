"""Stubs in names and in the function objects behind them: whoever took a function early is answered too."""

import asyncio
import functools
import importlib
import inspect
import sys

import pytest

from cutover_parity import Script
from cutover_parity.arms._route_log import LOG, RouteLog
from cutover_parity.arms._stub_places import install_call_stubs

CLIENT = '''
import functools

PREFIX = "real"

def ask(messages, model, *, stop=None):
    """Ask."""
    raise RuntimeError("the real one")

async def ask_async(messages, model):
    raise RuntimeError("the real one")

def ask_stream(messages, model):
    yield PREFIX

async def ask_stream_async(messages, model):
    yield PREFIX

def closed_over(prefix, suffix):
    def inner(messages, model):
        return prefix + suffix
    return inner

within = closed_over("real", "ly")

def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

@counted
def decorated(messages, model):
    return "real"

class Client:
    def ask(self, messages, model):
        return "real"

client = Client()
'''
ROUTES = """
import functools
from {client} import ask, ask_async, ask_stream, ask_stream_async, client, decorated, within

NAMES = ("ask", "ask_async", "ask_stream", "ask_stream_async", "decorated", "within")
TABLE = {{name: globals()[name] for name in NAMES}}
PARTIAL = functools.partial(ask, ["first"])

def defaulted(messages, call=ask):
    return call(messages, "m")
"""
NAMES = ("ask", "ask_async", "ask_stream", "ask_stream_async", "decorated", "within")


@pytest.fixture
def modules(tmp_path, monkeypatch, request):
    monkeypatch.syspath_prepend(tmp_path)
    client, routes = (f"{kind}_{abs(hash(request.node.name))}" for kind in ("client", "routes"))
    (tmp_path / f"{client}.py").write_text(CLIENT)
    (tmp_path / f"{routes}.py").write_text(ROUTES.format(client=client))
    yield tmp_path, importlib.import_module(client), importlib.import_module(routes)
    for name in (client, routes):
        sys.modules.pop(name, None)


@pytest.fixture
def log():
    entry = RouteLog("case", Script(), None)
    token = LOG.set(entry)
    yield entry
    LOG.reset(token)


@pytest.fixture
def stubbed(modules):
    def install(*names, home="", module=None):
        root, client, routes = modules
        entries = {name: {"provider": "near", "slot": "ask", "home": home.format(client.__name__)} for name in names}
        return install_call_stubs({module or routes.__name__: entries}, root=root)

    return install


def finished(given):
    if inspect.iscoroutine(given):
        return asyncio.run(given)
    if inspect.isasyncgen(given):
        return asyncio.run(collected(given))
    return list(given) if inspect.isgenerator(given) else given


async def collected(given):
    return [item async for item in given]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_any_kind_is_answered_by_its_name_and_in_a_table_made_at_import(modules, log, stubbed, name):
    _, _, routes = modules
    assert stubbed(name) == []
    by_name, by_table = (finished(call(["hi"], "m")) for call in (getattr(routes, name), routes.TABLE[name]))
    assert by_name == by_table != "real"
    assert [(call["function"], call["bound"]) for call in log.calls] == [(name, "name"), (name, "object")]
    assert {**log.calls[0], "bound": "object"} == log.calls[1]


def test_a_partial_a_default_argument_and_another_importer_hold_the_object(modules, log, stubbed):
    _, client, routes = modules
    stubbed("ask")
    routes.PARTIAL("m")
    routes.defaulted(["hi"])
    client.ask(["hi"], "m", stop="x")
    assert [(call["bound"], call["args"]) for call in log.calls] == [
        ("object", [["first"], "m"]),
        ("object", [["hi"], "m"]),
        ("object", [["hi"], "m"]),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_off_a_function_stays_as_it_was(modules, stubbed, name):
    function = modules[2].TABLE[name]
    reads = (inspect.signature, inspect.getsource, inspect.getdoc, inspect.iscoroutinefunction,
             inspect.isgeneratorfunction, inspect.isasyncgenfunction, repr)  # fmt: skip
    before = [read(function) for read in reads]
    stubbed(name)
    assert [read(function) for read in reads] == before
    assert inspect.signature(getattr(modules[2], name)) == before[0]


def test_functions_beside_the_callees_and_libraries_are_left_alone(modules, log, stubbed):
    _, client, routes = modules
    routes.wraps = functools.wraps
    assert stubbed("ask", "wraps") == []
    assert functools.wraps(len)(lambda: 1)() == 1
    assert client.decorated([], "m") == "real"
    assert not log.calls


def test_a_method_is_answered_by_its_name_only_since_its_function_serves_other_instances(modules, log, stubbed):
    _, client, routes = modules
    stubbed("client.ask")
    routes.client.ask([], "m")
    assert client.Client().ask([], "m") == "real"
    assert [call["bound"] for call in log.calls] == ["name"]


def test_a_callee_that_its_module_no_longer_names_is_answered_at_its_home_and_said(modules, log, stubbed):
    _, client, routes = modules
    del routes.ask
    assert stubbed("ask", home="{}:ask") == [
        f"{routes.__name__}: ask (gone from there; the functions are answered wherever they are called)"
    ]
    getattr(client, "ask")([], "m")  # noqa: B009 - late, by its name at home
    assert [(call["module"], call["bound"]) for call in log.calls] == [(routes.__name__, "object")]


def test_a_callee_that_is_nowhere_is_missing(stubbed, modules):
    assert stubbed("gone", "ask") == [f"{modules[2].__name__}: gone"]
    assert stubbed("ask", module="no_such_module") == ["no_such_module: ask"]


def test_what_stands_for_a_failed_import_is_left_as_it_is_and_said(modules, log, stubbed):
    _, _, routes = modules
    routes.ask = lambda *_: "503"
    (said,) = stubbed("ask", home="nothing_of_that_name:ask")
    assert said == (
        f"{routes.__name__}: ask (from nothing_of_that_name: ModuleNotFoundError: "
        "No module named 'nothing_of_that_name'; what stands for it is left as it is)"
    )
    assert routes.ask() == "503"
    assert not log.calls


def test_a_home_that_was_read_wrongly_does_no_harm_to_the_function_itself(modules, log, stubbed):
    assert stubbed("ask", home="src.nothing_of_that_name:ask") == []
    modules[2].ask([], "m")
    assert [call["bound"] for call in log.calls] == ["name"]


def test_many_missing_names_are_told_in_one_line(modules, stubbed):
    assert stubbed(*"abcdef") == [f"{modules[2].__name__}: a, b, c, d and 2 more"]


def test_a_function_under_two_names_is_answered_for_the_first_where_only_the_object_is_known(modules, log, stubbed):
    _, client, routes = modules
    routes.alias = routes.ask
    stubbed("ask", "alias")
    routes.alias([], "m")
    client.ask([], "m")
    assert [(call["function"], call["bound"]) for call in log.calls] == [("alias", "name"), ("ask", "object")]
