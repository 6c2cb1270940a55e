"""Other tables while the process runs: all of them or none, and what changed is said."""

import importlib
import logging
import os
import pprint
import signal
import time
from pathlib import Path

import pytest

from cutover_registry import (
    DuplicateProvider,
    InvalidEntry,
    ProviderConfig,
    ProviderRegistry,
    Reloaded,
    Tables,
    UnknownSite,
    hold_arm,
    read_tables,
    use_registry,
)

MODULE = '''"""Providers."""

{tables}
AUTO_DETECT_PROVIDERS = {auto}
AUTO_DETECT_PROVIDERS += [
    p for p, entry in PROVIDER_CONFIGS.items() if entry.get("auto_detect") and p not in AUTO_DETECT_PROVIDERS
]
'''


def text_of(tables, auto=()):
    lines = [f"{name} = {pprint.pformat(value, sort_dicts=False)}" for name, value in tables.items()]
    return MODULE.format(tables="\n".join(lines), auto=list(auto))


def with_entry(tables, name, **entry):
    return {**tables, "PROVIDER_CONFIGS": {**tables["PROVIDER_CONFIGS"], name: entry}}


def without(tables, name):
    return {**tables, "PROVIDER_CONFIGS": {k: v for k, v in tables["PROVIDER_CONFIGS"].items() if k != name}}


def eventually(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


# ---- reload


def test_after_a_reload_that_changed_nothing_the_next_one_still_counts(registry, tables):
    registry.reload(Tables.from_mapping(tables))
    later = with_entry(without(tables, "featherless"), "near", **{**tables["PROVIDER_CONFIGS"]["near"], "timeout": 5})
    done = registry.reload(Tables.from_mapping(later))
    assert (done.removed, done.changed) == (("featherless",), {"near": ("timeout",)})
    assert registry.get("near").timeout == 5
    assert "featherless" not in registry


def test_a_reload_says_what_changed(registry, tables, project):
    other = with_entry(without(tables, "featherless"), "near", **{**tables["PROVIDER_CONFIGS"]["near"], "timeout": 5})
    other = with_entry(other, "new", module_name=project.client("new")) | {"PROVIDER_ALIASES": {}}
    done = registry.reload(Tables.from_mapping(other))
    assert done == Reloaded(
        added=("new",), removed=("featherless",), changed={"near": ("timeout",)}, tables=("PROVIDER_ALIASES",)
    )
    assert str(done) == "added new; removed featherless; changed near (timeout); set anew PROVIDER_ALIASES"
    assert registry.get_timeout("near") == 5
    assert registry.normalize("hug") == "hug"


def test_a_bound_site_follows(registry, tables, project):
    namespace = {}
    (chat,) = registry.bind(namespace, "chat")
    registry.reload(Tables.from_mapping(with_entry(without(tables, "near"), "new", module_name=project.client("new"))))
    with hold_arm("registry"):
        assert [key for key in ("near", "new", "featherless") if use_registry(chat, key)] == ["new", "featherless"]
    assert chat.resolve("new").make_request([], "m") == ("new", "request", "m")


def test_another_module_of_a_provider_is_bound_anew(registry, tables, project):
    namespace = {}
    (chat,) = registry.bind(namespace, "chat")
    project.write("moved", "def make_near_request_openai(*a): return 'moved'\ndef process_near_response(r): return r")
    entry = {**tables["PROVIDER_CONFIGS"]["near"], "module_name": project.name("moved")}
    registry.reload(Tables.from_mapping(with_entry(tables, "near", **entry)))
    assert chat.resolve("near").make_request() == "moved"


def test_what_somebody_patched_stays(registry, tables, project):
    namespace = {}
    (chat,) = registry.bind(namespace, "chat")
    namespace["make_near_request_openai"] = lambda *_: "patched"
    entry = {**tables["PROVIDER_CONFIGS"]["near"], "timeout": 1}
    registry.reload(Tables.from_mapping(with_entry(tables, "near", **entry)))
    assert chat.resolve("near").make_request() == "patched"


def test_the_same_tables_change_nothing(registry, tables):
    before = {name: registry.get(name) for name in registry.list_providers()}
    assert not registry.reload(Tables.from_mapping(tables))
    assert all(registry.get(name) is config for name, config in before.items())


def test_what_code_registered_stays(registry, tables):
    own = registry.register(ProviderConfig("own", "json", sites=()))
    registry.add_alias("mine", "own")
    registry.reload(Tables.from_mapping(without(tables, "near")))
    assert registry.get("mine") is own


def test_a_new_entry_with_the_name_of_one_from_code_is_refused(registry, tables, project):
    registry.register(ProviderConfig("own", "json", sites=()))
    with pytest.raises(DuplicateProvider, match="'own' is registered already: present is ProviderConfig"):
        registry.reload(Tables.from_mapping(with_entry(tables, "own", module_name=project.client("own"))))
    assert registry.get("own").module_name == "json"


def test_other_sites_are_refused(registry, tables):
    other = {**tables, "SITES": {**tables["SITES"], "more": {"slots": []}}}
    with pytest.raises(InvalidEntry, match="SITES: is another than the running code was bound with; restart"):
        registry.reload(Tables.from_mapping(other))


def test_a_provider_that_cannot_be_bound_leaves_everything_as_it_was(registry, tables):
    (chat,) = registry.bind({}, "chat")
    before = chat.keys(), registry.list_providers()
    other = with_entry(without(tables, "near"), "gone", module_name="nowhere.at.all", sites=["chat"])
    with pytest.raises(ModuleNotFoundError):
        registry.reload(Tables.from_mapping(other))
    assert (chat.keys(), registry.list_providers()) == before


# ---- the file


def test_a_file_is_read_and_never_run(tmp_path):
    path = tmp_path / "providers.py"
    path.write_text("raise SystemExit\nPROVIDER_CONFIGS: dict = {'near': {'timeout': 9}}\nOTHER = open('x', 'w')\n")
    assert read_tables(path).configs["near"].timeout == 9
    assert not Path("x").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PROVIDER_CONFIGS = {", "is not Python"),
        ("X = 1", "has no PROVIDER_CONFIGS; define the dict of entries"),
        ("\nPROVIDER_CONFIGS = dict(near={})", "line 2: PROVIDER_CONFIGS is not a literal"),
        ("PROVIDER_CONFIGS = {'near': {'time': 1}}", "provider 'near': has unknown fields 'time'"),
    ],
)
def test_a_file_that_is_not_well_formed_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "providers.py"
    path.write_text(text)
    with pytest.raises(InvalidEntry) as caught:
        read_tables(path)
    assert message in str(caught.value)


def test_an_unknown_site_is_refused(tmp_path):
    path = tmp_path / "providers.py"
    path.write_text("PROVIDER_CONFIGS = {'near': {'sites': ['nowhere']}}")
    with pytest.raises(UnknownSite):
        read_tables(path)


# ---- following the file


@pytest.fixture
def module(project, tables):
    project.write("providers", text_of(tables, auto=["near"]))
    return project.load("providers")


@pytest.fixture
def watched(module):
    registry = ProviderRegistry.from_module(module)
    end = registry.watch(module)
    yield registry
    end()


def put(module, text):
    path = Path(module.__file__)
    path.with_suffix(".new").write_text(text)
    os.replace(path.with_suffix(".new"), path)


def test_a_changed_file_is_taken_and_the_change_is_logged(watched, module, tables, project, caplog):
    lists = module.AUTO_DETECT_PROVIDERS, module.PROVIDER_CONFIGS
    with caplog.at_level(logging.INFO, "cutover_registry"):
        entry = {"module_name": project.client("new"), "auto_detect": True}
        put(module, text_of(with_entry(without(tables, "near"), "new", **entry), auto=[]))
        eventually(lambda: "added new; removed near" in caplog.text)
    assert "new" in watched
    assert lists[0] == ["new"]
    assert lists[0] is module.AUTO_DETECT_PROVIDERS
    assert list(lists[1]) == ["featherless", "huggingface", "openrouter", "new"]


@pytest.mark.parametrize("text", ["PROVIDER_CONFIGS = {", "PROVIDER_CONFIGS = {'near': {'timeout': 0}}", ""])
def test_a_damaged_file_changes_nothing_and_is_logged_once(watched, module, text, caplog):
    before = watched.list_providers()
    put(module, text)
    eventually(lambda: "was not taken, the providers stay as they were" in caplog.text)
    time.sleep(0.5)
    assert caplog.text.count("was not taken") == 1
    assert watched.list_providers() == before


def test_a_mended_file_is_taken(watched, module, tables, caplog):
    put(module, "PROVIDER_CONFIGS = {")
    eventually(lambda: "was not taken" in caplog.text)
    put(module, text_of(without(tables, "near")))
    eventually(lambda: "near" not in watched)


def test_a_missing_file_changes_nothing(watched, module):
    Path(module.__file__).unlink()
    time.sleep(0.5)
    assert "near" in watched


def test_with_a_signal_the_file_is_read_when_it_comes(module, tables):
    registry = ProviderRegistry.from_module(module)
    came = []
    before = signal.signal(signal.SIGHUP, lambda *_: came.append(True))
    end = registry.watch(module, signal_number=signal.SIGHUP)
    try:
        put(module, text_of(without(tables, "near")))
        time.sleep(0.5)
        assert "near" in registry
        os.kill(os.getpid(), signal.SIGHUP)
        eventually(lambda: "near" not in registry)
        assert came == [True]
    finally:
        end()
        signal.signal(signal.SIGHUP, before)


def test_a_watch_that_was_ended_sees_nothing(module, tables):
    registry = ProviderRegistry.from_module(module)
    registry.watch(Path(module.__file__))()
    put(module, text_of(without(tables, "near")))
    time.sleep(0.5)
    assert "near" in registry


def test_importing_the_written_module_gives_what_the_file_says(module, tables):
    put(module, text_of(with_entry(tables, "new", auto_detect=True), auto=["near"]))
    importlib.reload(module)
    assert module.AUTO_DETECT_PROVIDERS == ["near", "new"]
