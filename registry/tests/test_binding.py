"""What `bind` puts into a module's globals, what it leaves alone, and how it fails."""

import logging
import sys
from typing import Any

import pytest

from cutover_registry import InvalidEntry, ProviderConfig, ProviderRegistry, UnknownSite


def build(tables: dict[str, Any], **changes: Any) -> ProviderRegistry:
    return ProviderRegistry.from_mapping(tables | changes)


def functions(namespace: dict[str, Any]) -> list[str]:
    return [name for name in namespace if not name.startswith("__")]


def test_the_names_of_a_sites_providers_are_bound_in_table_order(registry):
    namespace: dict[str, Any] = {}
    registry.bind(namespace, "chat")
    assert functions(namespace) == [
        f"{prefix}_{name}_{suffix}"
        for name in ("featherless", "near", "huggingface", "openrouter")
        for prefix, suffix in (("make", "request_openai"), ("process", "response"))
    ]


def test_each_site_gets_its_own_set_of_providers(registry):
    chat, responses, stream = registry.bind({}, "chat", "responses", "chat_stream")
    assert chat.keys() == ("featherless", "near", "huggingface")
    assert responses.keys() == ("featherless",)
    assert stream.keys() == ("featherless", "huggingface")


def test_the_sites_come_in_the_order_in_which_they_were_named(registry):
    assert [site.name for site in registry.bind({}, "responses", "chat")] == ["responses", "chat"]
    assert registry.bind({}) == ()


def test_only_what_the_named_sites_read_is_imported(registry, project):
    namespace: dict[str, Any] = {}
    registry.bind(namespace, "responses")
    assert functions(namespace) == [
        "make_featherless_request_openai",
        "process_featherless_response",
        "make_openrouter_request_openai",
        "process_openrouter_response",
    ]
    assert not project.loaded("near_client")


def test_names_that_are_there_stay_and_their_provider_is_not_imported(registry, project):
    legacy = {"make_near_request_openai": "legacy", "process_near_response": None}
    namespace: dict[str, Any] = dict(legacy)
    (chat,) = registry.bind(namespace, "chat")
    assert {name: namespace[name] for name in legacy} == legacy
    assert not project.loaded("near_client")
    assert chat.resolve("near").make_request == "legacy"


def test_only_the_missing_name_is_bound_where_one_is_there(registry):
    namespace: dict[str, Any] = {"make_near_request_openai": "legacy"}
    registry.bind(namespace, "chat")
    assert namespace["make_near_request_openai"] == "legacy"
    assert namespace["process_near_response"]("x") == ("near", "processed", "x")


def test_an_unknown_site_is_refused(registry):
    with pytest.raises(UnknownSite, match="no site 'caht'; SITES has: chat, responses, chat_stream"):
        registry.bind({}, "caht")


def test_the_namespace_is_a_modules_globals(registry):
    with pytest.raises(InvalidEntry, match="bind, namespace: is module; pass globals\\(\\)"):
        registry.bind(sys, "chat")


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (None, ModuleNotFoundError, r"No module named '.*\.new_client'"),
        ("import not_installed_here\n", ModuleNotFoundError, "No module named 'not_installed_here'"),
        ("raise RuntimeError('no key')\n", RuntimeError, "no key"),
        (
            "x = 1\n",
            ImportError,
            r"cannot import name 'make_new_request_openai' from '.*\.new_client' \(.*new_client.py\)",
        ),
    ],
    ids=["no module", "its import fails", "it raises", "no function"],
)
@pytest.mark.parametrize("sites", ["*", ["chat"]])
def test_a_provider_that_a_site_must_have_fails_as_its_import_did(sites, source, error, message, tables, project):
    module = project.name("new_client") if source is None else project.write("new_client", source)
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": module, "sites": sites}
    registry = build(tables)
    with pytest.raises(error, match=message):
        registry.bind({}, "chat")
    assert registry.get_import_errors() == {}


def test_a_failing_provider_of_another_site_is_not_touched(tables, project):
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.name("absent"), "sites": ["chat"]}
    assert build(tables).bind({}, "responses")[0].keys() == ("featherless",)


def test_the_default_must_be_there_although_it_is_in_no_table(tables, project):
    tables["PROVIDER_CONFIGS"]["openrouter"]["module_name"] = project.name("absent")
    with pytest.raises(ModuleNotFoundError):
        build(tables).bind({}, "responses")


def test_a_new_entry_without_sites_joins_every_site_that_it_fills(tables, project):
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new")}
    chat, stream = build(tables).bind({}, "chat", "chat_stream")
    assert (chat.keys()[-1], stream.keys()[-1]) == ("new", "new")


def test_a_new_entry_without_sites_joins_only_sites_whose_functions_it_has(tables, project, caplog):
    module = project.write("new_client", "def make_new_request_openai_stream(messages, model): yield 1\n")
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": module}
    registry = build(tables)
    with caplog.at_level(logging.WARNING, "cutover_registry"):
        chat, stream = registry.bind({}, "chat", "chat_stream")
    assert ("new" in chat, "new" in stream) == (False, True)
    (record,) = caplog.records
    assert record.getMessage().startswith(
        f"provider 'new' does not join site 'chat': cannot import name 'make_new_request_openai' from '{module}'"
    )
    assert registry.get_import_errors() == {}


def test_a_new_entry_that_says_it_has_no_such_slot_stays_out_in_silence(tables, project, caplog):
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new"), "slots": {"process_response": None}}
    with caplog.at_level(logging.WARNING, "cutover_registry"):
        chat, stream = build(tables).bind({}, "chat", "chat_stream")
    assert ("new" in chat, "new" in stream, caplog.records) == (False, True, [])


def test_a_new_entry_that_lacks_a_sites_value_stays_out(tables, project):
    tables["SITES"]["chat"]["values"] = ["label"]
    for entry in tables["PROVIDER_CONFIGS"].values():
        entry["values"] = {"label": "known"}
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new")}
    chat, stream = build(tables).bind({}, "chat", "chat_stream")
    assert ("new" in chat, "new" in stream) == (False, True)


def test_a_new_entry_whose_import_fails_joins_nothing_and_takes_nobody_down(tables, project):
    module = project.write("new_client", "raise RuntimeError('no key')\n")
    tables["PROVIDER_CONFIGS"] = {"new": {"module_name": module}} | tables["PROVIDER_CONFIGS"]
    registry = build(tables)
    chat, stream = registry.bind({}, "chat", "chat_stream")
    assert (chat.keys(), stream.keys()) == (("featherless", "near", "huggingface"), ("featherless", "huggingface"))
    assert repr(registry.get_import_errors()) == "{'new': RuntimeError('no key')}"


def test_a_new_entry_whose_names_are_there_joins_without_an_import(tables, project):
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.name("absent")}
    (stream,) = build(tables).bind({"make_new_request_openai_stream": "there"}, "chat_stream")
    assert stream.resolve("new").make_request_stream == "there"


def test_a_new_entry_that_reads_through_its_module_must_have_the_attribute(tables, project):
    module = project.write("new_client", "def make_request(messages, model): return 'made'\n")
    slots = {"make_request": "new_client.make_request", "process_response": "new_client.absent"}
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": module, "slots": slots}
    assert "new" not in build(tables).bind({}, "chat")[0]
    slots["process_response"] = "json:dumps"
    namespace: dict[str, Any] = {}
    (chat,) = build(tables).bind(namespace, "chat")
    assert namespace["new_client"] is sys.modules[module]
    assert chat.resolve("new").make_request([], "m") == "made"


def test_kept_providers_are_bound_and_not_in_the_table(tables):
    tables["SITES"]["chat"]["kept"] = ["near"]
    namespace: dict[str, Any] = {}
    (chat,) = build(tables).bind(namespace, "chat")
    assert chat.keys() == ("featherless", "huggingface")
    assert namespace["make_near_request_openai"]


def test_kept_slots_are_bound_for_those_who_have_them(tables, project):
    project.write("fast", "async def fast_stream(messages, model): return 1\n")
    tables["SITES"]["chat_stream"]["kept_slots"] = ["make_request_stream_async"]
    entry = tables["PROVIDER_CONFIGS"]["openrouter"]
    entry["slots"] = {"make_request_stream_async": f"{project.name('fast')}:fast_stream as openrouter_fast"}
    namespace: dict[str, Any] = {}
    (stream,) = build(tables).bind(namespace, "chat_stream")
    assert namespace["openrouter_fast"].__name__ == "fast_stream"
    assert stream.resolve("nobody").make_request_stream_async is namespace["openrouter_fast"]


def test_a_new_entry_need_not_have_kept_slots(tables, project):
    tables["SITES"]["chat_stream"]["kept_slots"] = ["make_request_stream_async"]
    tables["SLOTS"]["make_request_stream_async"] = "make_{}_async"
    for entry in tables["PROVIDER_CONFIGS"].values():
        entry["slots"] = {"make_request_stream_async": None}
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new")}
    assert "new" in build(tables).bind({}, "chat_stream")[0]


def test_a_lazy_site_binds_nothing_and_imports_at_each_read(tables, project):
    tables["SITES"]["chat"]["lazy"] = True
    namespace: dict[str, Any] = {}
    (chat,) = build(tables).bind(namespace, "chat")
    assert (functions(namespace), project.loaded("near_client")) == ([], False)
    assert chat.resolve("near").make_request([], "m") == ("near", "request", "m")
    project.load("near_client").make_near_request_openai = "patched in its module"
    assert chat.resolve("near").make_request == "patched in its module"


def test_a_lazy_site_fails_at_the_read_as_the_lazy_import_did(tables, project):
    tables["SITES"]["chat"]["lazy"] = True
    tables["PROVIDER_CONFIGS"]["near"]["module_name"] = project.write("empty_client", "")
    near = build(tables).bind({}, "chat")[0].resolve("near")
    with pytest.raises(ImportError, match="cannot import name 'make_near_request_openai' from"):
        _ = near.make_request


def test_a_lazy_provider_is_imported_at_each_read_everywhere(tables, project):
    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new"), "lazy": True}
    namespace: dict[str, Any] = {}
    chat, stream = build(tables).bind(namespace, "chat", "chat_stream")
    assert not project.loaded("new_client")
    assert list(stream.resolve("new").make_request_stream([], "m")) == ["new", "m"]
    assert "new" in chat
    assert "make_new_request_openai_stream" not in namespace


def test_a_site_without_a_module_reads_by_import(registry):
    site = registry.site("chat")
    assert site.keys() == ("featherless", "near", "huggingface")
    assert site.resolve("near").make_request([], "m") == ("near", "request", "m")
    assert registry.site("chat") is site
    with pytest.raises(UnknownSite):
        registry.site("absent")


def test_a_provider_that_is_registered_later_joins_bound_sites(registry, project):
    namespace: dict[str, Any] = {}
    chat, responses = registry.bind(namespace, "chat", "responses")
    registry.register(ProviderConfig("new", project.client("new"), sites=("chat",)))
    assert ("new" in chat, "new" in responses) == (True, False)
    assert namespace["make_new_request_openai"]([], "m") == ("new", "request", "m")
    registry.unregister("new")
    assert "new" not in chat
    assert "make_new_request_openai" in namespace


def test_a_later_provider_that_a_bound_site_must_have_is_refused_whole(registry, project):
    (chat,) = registry.bind({}, "chat")
    with pytest.raises(ModuleNotFoundError):
        registry.register(ProviderConfig("new", project.name("absent"), sites=("chat",)))
    assert ("new" in registry, "new" in chat) == (False, False)


def test_a_replaced_provider_brings_its_own_functions(registry, project):
    namespace: dict[str, Any] = {}
    (chat,) = registry.bind(namespace, "chat")
    module = project.write(
        "other_client", "def make_near_request_openai(*a): return 'other'\ndef process_near_response(r): return r\n"
    )
    registry.register(ProviderConfig("near", module, sites=("chat",)), replace=True)
    assert chat.resolve("near").make_request() == "other"
    assert chat.keys() == ("featherless", "near", "huggingface")


def test_a_replaced_provider_leaves_patched_and_legacy_names_alone(registry, project):
    namespace: dict[str, Any] = {"make_near_request_openai": "legacy"}
    (chat,) = registry.bind(namespace, "chat")
    namespace["process_near_response"] = "patched"
    registry.register(ProviderConfig("near", project.client("near"), sites=("chat",)), replace=True)
    assert chat.resolve("near").make_request == "legacy"
    assert chat.resolve("near").process_response == "patched"


HELPER = """
errors = {}
calls = []

def safe_import(provider, names):
    calls.append((provider, names))
    try:
        module = __import__(f"PKG.{provider}_client", fromlist=names)
        return {name: getattr(module, name) for name in names}
    except Exception as error:
        errors[provider] = str(error)
        def unavailable(*args, **kwargs):
            raise RuntimeError(f"{provider} is not available")
        return {name: unavailable for name in names}
"""


@pytest.fixture
def helper(project):
    project.write("helper", HELPER)
    return project.load("helper")


def test_a_helper_is_asked_once_for_each_provider_with_all_its_missing_names(registry, helper):
    namespace: dict[str, Any] = {"process_near_response": "legacy"}
    registry.bind(namespace, "chat", "chat_stream", load=helper.safe_import)
    assert helper.calls == [
        (
            "featherless",
            [
                "make_featherless_request_openai",
                "process_featherless_response",
                "make_featherless_request_openai_stream",
            ],
        ),
        ("near", ["make_near_request_openai"]),
        (
            "huggingface",
            [
                "make_huggingface_request_openai",
                "process_huggingface_response",
                "make_huggingface_request_openai_stream",
            ],
        ),
        (
            "openrouter",
            ["make_openrouter_request_openai", "process_openrouter_response", "make_openrouter_request_openai_stream"],
        ),
    ]


@pytest.mark.parametrize("entry", [{"sites": ["chat"]}, {"sites": "*"}, {}], ids=["listed", "everywhere", "unsaid"])
def test_what_a_helper_gives_for_a_failure_is_bound_and_joins(entry, tables, helper, project):
    project.write("bad_client", "raise RuntimeError('no key')\n")
    tables["PROVIDER_CONFIGS"]["bad"] = {"module_name": project.name("bad_client"), **entry}
    registry = build(tables)
    (chat,) = registry.bind({}, "chat", load=helper.safe_import)
    assert "bad" in chat
    assert helper.errors == {"bad": "no key"}
    with pytest.raises(RuntimeError, match="bad is not available"):
        chat.resolve("bad").make_request([], "m")


@pytest.mark.parametrize(("load_by", "expected"), [("name", "google-vertex"), ("identifier", "google_vertex")])
def test_a_helper_is_given_what_load_by_says(load_by, expected, tables, project):
    tables["PROVIDER_CONFIGS"]["google-vertex"] = {"module_name": project.client("google-vertex"), "sites": ["chat"]}
    asked = []

    def load(argument, names):
        asked.append(argument)
        return dict.fromkeys(names)

    build(tables).bind({}, "chat", load=load, load_by=load_by)
    assert expected in asked


def test_a_helper_by_module_name_is_asked_for_every_module(tables, project):
    tables["PROVIDER_CONFIGS"]["near"]["slots"] = {"process_response": "other.module:process_near_response"}
    asked = []

    def load(argument, names):
        asked.append((argument, names))
        return dict.fromkeys(names)

    build(tables).bind({}, "chat", load=load, load_by="module_name")
    assert (project.name("near_client"), ["make_near_request_openai"]) in asked
    assert ("other.module", ["process_near_response"]) in asked


def test_a_helper_by_name_is_not_asked_for_foreign_modules(tables):
    tables["PROVIDER_CONFIGS"]["near"]["slots"] = {"process_response": "json:dumps as process_near_response"}
    namespace: dict[str, Any] = {}
    build(tables).bind(namespace, "chat", load=lambda argument, names: dict.fromkeys(names, argument))
    assert namespace["make_near_request_openai"] == "near"
    assert namespace["process_near_response"]([1]) == "[1]"


def test_a_helper_may_answer_with_anything_that_has_items(registry):
    class Answer:
        def __getitem__(self, name):
            return name.upper()

    namespace: dict[str, Any] = {}
    registry.bind(namespace, "responses", load=lambda argument, names: Answer())
    assert namespace["process_featherless_response"] == "PROCESS_FEATHERLESS_RESPONSE"


def test_a_name_that_a_helper_leaves_out_is_bound_to_none_as_get_gave_it(registry):
    namespace: dict[str, Any] = {}
    registry.bind(namespace, "responses", load=lambda argument, names: {})
    assert namespace["process_featherless_response"] is None


def test_a_helper_that_raises_is_heard_for_who_must_be_there_and_recorded_for_who_may(tables, project):
    def load(argument, names):
        if argument == "new":
            raise RuntimeError("helper failed")
        return dict.fromkeys(names)

    tables["PROVIDER_CONFIGS"]["new"] = {"module_name": project.client("new")}
    registry = build(tables)
    assert "new" not in registry.bind({}, "chat", load=load)[0]
    assert repr(registry.get_import_errors()) == "{'new': RuntimeError('helper failed')}"
    tables["PROVIDER_CONFIGS"]["new"]["sites"] = ["chat"]
    with pytest.raises(RuntimeError, match="helper failed"):
        build(tables).bind({}, "chat", load=load)


@pytest.mark.parametrize("load_by", ["module", "", None])
def test_an_unknown_load_by_is_refused(load_by, registry):
    with pytest.raises(InvalidEntry, match=r"bind, load_by: is .*; write one of 'name', 'identifier', 'module_name'"):
        registry.bind({}, "chat", load=dict, load_by=load_by)


def test_two_bindings_of_one_namespace_share_its_names(registry):
    namespace: dict[str, Any] = {}
    registry.bind(namespace, "chat")
    make = namespace["make_near_request_openai"]
    registry.bind(namespace, "responses")
    assert namespace["make_near_request_openai"] is make


def test_a_function_of_the_module_itself_is_never_bound_and_may_come_after_the_binding(tables, project):
    slots = {"make_request": ".make_near_request_openai", "process_response": ".wrappers.process"}
    tables["PROVIDER_CONFIGS"]["near"] = {"sites": ["chat"], "slots": slots}
    namespace: dict[str, Any] = {}
    (chat,) = build(tables).bind(namespace, "chat")
    near = chat.resolve("near")
    with pytest.raises(NameError, match=r"^name 'make_near_request_openai' is not defined$"):
        _ = near.make_request
    namespace["make_near_request_openai"] = "its own"
    assert near.make_request == "its own"


def test_a_new_entry_may_read_functions_of_the_module_itself(tables):
    slots = {"make_request": ".make_new", "process_response": ".process_new"}
    tables["PROVIDER_CONFIGS"]["new"] = {"slots": slots}
    assert "new" in build(tables).bind({}, "chat")[0]
