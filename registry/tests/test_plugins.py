"""Providers of other distributions: found by metadata, taken in one by one, each alone with its error."""

import importlib
import sys
import textwrap

import pytest

from cutover_registry import DuplicateProvider, InvalidEntry, Plugin, ProviderRegistry, list_plugins

GROUP = "cutover.providers"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution that offers providers: its modules' sources, and its entry points."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    written = []

    def install(distribution, points, **modules):
        for name, source in modules.items():
            (site / f"{name}.py").write_text(textwrap.dedent(source))
            written.append(name)
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {reference}" for name, reference in points.items())
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}\n")
        importlib.invalidate_caches()

    yield install
    for name in written:
        sys.modules.pop(name, None)


def test_listing_reads_metadata_alone(install):
    install("ash-cutover", {"ash": "ash_entry:ENTRY"}, ash_entry="raise SystemExit('imported')")
    assert list_plugins() == [Plugin("ash", "ash_entry:ENTRY", "ash-cutover 1.0")]
    assert "ash_entry" not in sys.modules


@pytest.mark.parametrize(
    "source",
    [
        "ENTRY = {'module_name': 'json', 'timeout': 7}",
        "from cutover_registry import ProviderConfig\nENTRY = ProviderConfig('ash', 'json', timeout=7)",
        "def ENTRY():\n    return {'module_name': 'json', 'timeout': 7}",
    ],
    ids=["a dict", "a record", "a function"],
)
def test_an_entry_point_names(install, source):
    install("ash-cutover", {"ash": "ash_entry:ENTRY"}, ash_entry=source)
    registry = ProviderRegistry()
    assert registry.load_plugins() == {"ash": None}
    assert (registry.get("ash").module_name, registry.get_timeout("ash")) == ("json", 7)


BROKEN = {
    "an import that fails": ("import nowhere_at_all", ModuleNotFoundError, "No module named 'nowhere_at_all'"),
    "a syntax error": ("def (", SyntaxError, "invalid syntax"),
    "an exit": ("raise SystemExit(3)", SystemExit, "3"),
    "endless recursion": ("def f(): f()\nf()", RecursionError, "maximum recursion depth exceeded"),
    "no such attribute": ("OTHER = 1", AttributeError, "has no attribute 'ENTRY'"),
    "not an entry": ("ENTRY = 7", InvalidEntry, "provider 'oak': is 7 (int); write a dict"),
    "an unknown field": ("ENTRY = {'time_out': 1}", InvalidEntry, "has unknown fields 'time_out'"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_wrong_with_a_plugin_is_its_error_alone(install, broken):
    source, kind, words = BROKEN[broken]
    good = "ENTRY = {'module_name': 'json'}"
    install("pair", {"ash": "ash_entry:ENTRY", "oak": "oak_entry:ENTRY"}, ash_entry=good, oak_entry=source)
    registry = ProviderRegistry()
    outcome = registry.load_plugins()
    assert outcome["ash"] is None
    assert type(outcome["oak"]) is kind
    assert words in str(outcome["oak"])
    assert registry.get_import_errors() == {"oak": outcome["oak"]}
    assert registry.list_providers() == ["ash"]


def test_a_name_that_is_taken_is_refused_and_both_sides_are_named(install):
    install("ash-cutover", {"ash": "ash_entry:ENTRY"}, ash_entry="ENTRY = {'module_name': 'json'}")
    registry = ProviderRegistry.from_mapping({"PROVIDER_CONFIGS": {"ash": {"module_name": "own.client"}}})
    error = registry.load_plugins()["ash"]
    assert isinstance(error, DuplicateProvider)
    assert "module_name='own.client'" in str(error)
    assert "offered was the plugin 'ash' (ash_entry:ENTRY) of ash-cutover 1.0" in str(error)
    assert registry.get("ash").module_name == "own.client"


def test_a_name_that_is_taken_gives_way_where_it_is_asked_for(install):
    install("ash-cutover", {"ash": "ash_entry:ENTRY"}, ash_entry="ENTRY = {'module_name': 'json'}")
    registry = ProviderRegistry.from_mapping({"PROVIDER_CONFIGS": {"ash": {"module_name": "own.client"}}})
    assert registry.load_plugins(replace=True) == {"ash": None}
    assert registry.get("ash").module_name == "json"


def test_a_plugin_joins_the_sites_whose_slots_it_fills(install, registry, project):
    namespace = {}
    (chat,) = registry.bind(namespace, "chat")
    client = project.client("new-one")
    install("new-cutover", {"new-one": "new_entry:ENTRY"}, new_entry=f"ENTRY = {{'module_name': {client!r}}}")
    assert registry.load_plugins() == {"new-one": None}
    assert chat.resolve("new-one").make_request([], "m") == ("new-one", "request", "m")
