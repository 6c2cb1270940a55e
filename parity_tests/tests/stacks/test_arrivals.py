import subprocess
import sys
import textwrap

import pytest

from cutover_parity.stacks._arrivals import on_arrival


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Make a module that can be imported, under a name of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name, source="value = 1\n"):
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return make


def test_a_module_that_is_there_already_has_arrived():
    seen = []
    with on_arrival({"json": lambda: seen.append("json")}):
        assert seen == ["json"]


def test_a_module_that_comes_later_is_seen_before_its_importer_goes_on(library):
    seen = []
    name = library("arrives_later")
    with on_arrival({name: lambda: seen.append(sys.modules[name].value)}):
        assert seen == []
        module = __import__(name)
        assert seen == [1]
        assert type(module.__loader__).__module__ == "_frozen_importlib_external"
        assert module.__spec__.loader is module.__loader__


def test_a_module_is_seen_once(library):
    seen = []
    name = library("arrives_once")
    with on_arrival({name: lambda: seen.append(name)}):
        __import__(name)
        del sys.modules[name]
        __import__(name)
    assert seen == [name]


def test_a_module_that_fails_to_import_fails_as_ever(library):
    name = library("arrives_broken", "raise RuntimeError('broken')\n")
    seen = []
    with on_arrival({name: lambda: seen.append(name)}), pytest.raises(RuntimeError, match="broken"):
        __import__(name)
    assert seen == []


def test_a_module_that_is_not_installed_costs_nothing():
    with on_arrival({"is_not_installed": lambda: pytest.fail("it is not there")}), pytest.raises(ModuleNotFoundError):
        __import__("is_not_installed")


def test_afterwards_nothing_is_left(library):
    before = list(sys.meta_path)
    name = library("arrives_too_late")
    with on_arrival({name: lambda: pytest.fail("too late")}):
        assert sys.meta_path != before
    assert sys.meta_path == before
    assert __import__(name).value == 1


def test_libraries_that_the_application_imports_later_are_answered():
    program = """
        import asyncio, sys
        from cutover_parity.stacks import Play, answering
        from cutover_parity import Answer

        asked = []

        def ask(request):
            asked.append(request.stack)
            return Play(Answer(200, (("content-type", "text/plain"),), (b"played",)))

        for name in [name for name in sys.modules if name.partition(".")[0] in {"aiohttp", "urllib3", "requests"}]:
            del sys.modules[name]
        assert not {"aiohttp", "httpx2", "requests", "urllib3"} & sys.modules.keys(), "imported by the harness"
        with answering(ask):
            import aiohttp, httpx, httpx2, requests, urllib.request

            async def by_aiohttp():
                async with aiohttp.ClientSession() as session, session.get("http://u.invalid/") as response:
                    return await response.text()

            texts = [
                httpx.get("http://u.invalid/").text,
                httpx2.get("http://u.invalid/").text,
                requests.get("https://u.invalid/").text,
                urllib.request.urlopen("https://u.invalid/").read().decode(),
                asyncio.run(by_aiohttp()),
            ]
        assert texts == ["played"] * 5, texts
        assert asked == ["httpx", "httpx2", "urllib3", "http.client", "aiohttp"], asked
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
